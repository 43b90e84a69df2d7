using System.Buffers.Binary;

namespace KvmInterop.Machine.Pci;

/// <summary>One of a function's message-signalled interrupts: a message that the guest has programmed, or
/// masked.</summary>
/// <remarks>All members may be called from any thread; each vector has its own lock.</remarks>
public sealed class MsixVector
{
    internal const int EntrySize = 16;
    internal const int StateSize = EntrySize + 1;

    // Of an entry's four registers (6.8.2.6 to 6.8.2.9).
    private const int AddressLow = 0;
    private const int AddressHigh = 1;
    private const int Data = 2;
    private const int Control = 3;
    private const uint Masked = 1;

    private readonly Lock gate = new();
    private readonly IMessageSender messages;

    // Under the gate. Masked after a reset.
    private uint addressLow;
    private uint addressHigh;
    private uint data;
    private bool masked = true;
    private bool enabled;
    private bool functionMasked;
    private bool pending;

    internal MsixVector(IMessageSender messages) => this.messages = messages;

    /// <summary>Whether the guest uses MSI-X at all.</summary>
    public bool IsEnabled
    {
        get
        {
            lock (gate)
            {
                return enabled;
            }
        }
    }

    /// <summary>Interrupts the guest: sends the message, or keeps it for when the guest unmasks it.</summary>
    /// <returns>Whether the guest uses MSI-X; if not, nothing is sent, and the interrupt pin is what it looks
    /// at.</returns>
    /// <remarks>Costs one ioctl, and allocates nothing.</remarks>
    public bool Signal()
    {
        lock (gate)
        {
            if (enabled)
            {
                pending = true;
                SendPending();
            }

            return enabled;
        }
    }

    internal bool IsPending
    {
        get
        {
            lock (gate)
            {
                return pending;
            }
        }
    }

    internal void SetFunction(bool isEnabled, bool isMasked)
    {
        lock (gate)
        {
            enabled = isEnabled;
            functionMasked = isMasked;
            SendPending();
        }
    }

    internal uint Read(int register)
    {
        lock (gate)
        {
            return register switch
            {
                AddressLow => addressLow,
                AddressHigh => addressHigh,
                Data => data,
                _ => masked ? Masked : 0,
            };
        }
    }

    internal void Write(int register, uint value)
    {
        lock (gate)
        {
            switch (register)
            {
                case AddressLow:
                    // A message is 4 bytes, aligned.
                    addressLow = value & ~3u;
                    break;
                case AddressHigh:
                    addressHigh = value;
                    break;
                case Data:
                    data = value;
                    break;
                default:
                    masked = (value & Masked) != 0;
                    SendPending();
                    break;
            }
        }
    }

    internal void Save(Span<byte> state)
    {
        for (int i = 0; i < EntrySize / sizeof(uint); i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(state[(i * sizeof(uint))..], Read(i));
        }

        state[EntrySize] = IsPending ? (byte)1 : (byte)0;
    }

    /// <summary>Sets all but what <see cref="SetFunction"/> sets, which comes after it and sends.</summary>
    internal void Restore(ReadOnlySpan<byte> state)
    {
        lock (gate)
        {
            enabled = false;
            pending = (state[EntrySize] & 1) != 0;
        }

        for (int i = 0; i < EntrySize / sizeof(uint); i++)
        {
            Write(i, BinaryPrimitives.ReadUInt32LittleEndian(state[(i * sizeof(uint))..]));
        }
    }

    private void SendPending()
    {
        if (pending && enabled && !masked && !functionMasked)
        {
            pending = false;
            messages.Send(((ulong)addressHigh << 32) | addressLow, data);
        }
    }
}
