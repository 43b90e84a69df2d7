using System.Buffers.Binary;
using KvmInterop.Machine.Devices;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <content>Registers, and what a driver does to queues that are in use.</content>
internal sealed partial class VirtioDriver
{
    // What of a queue's saved state its indices are: see Virtqueue.State.cs.
    private const int SavedQueue = 34;
    private const int SavedIndices = 28;
    private const int SavedDeviceHead = 25;

    /// <summary>Any register, with any width.</summary>
    public void AccessAnything(FuzzScript script)
    {
        Span<byte> data = stackalloc byte[1 + (script.Byte() & 7)];
        ulong offset = script.Number(2) % (port.Size - (ulong)data.Length);
        offset = script.Byte() < 224 ? offset & ~3UL : offset;
        if (script.Byte() < 224 && offset <= port.Size - sizeof(uint))
        {
            data = stackalloc byte[sizeof(uint)];
        }

        if (script.Byte() % 2 == 0)
        {
            port.Registers.Read(offset, data);
        }
        else
        {
            script.Fill(data);
            port.Registers.Write(offset, data);
        }
    }

    public void AccessConfiguration(FuzzScript script)
    {
        Span<byte> data = stackalloc byte[1 + (script.Byte() & 7)];
        ulong offset = port.Configuration
            + (script.Byte() % (0x100 - (ulong)data.Length));
        port.Registers.Read(offset, data);
        script.Fill(data);
        port.Registers.Write(offset, data);
    }

    /// <summary>A reset and everything anew, or one queue taken away and set up again.</summary>
    public void Restart(FuzzScript script, ulong offered)
    {
        if (script.Byte() < 96)
        {
            Start(script, offered);
            return;
        }

        int queue = script.Below(queues);
        Write(Register.QueueSelect, queue);
        Write(Register.QueueReady, 0);
        used[queue] = 0;
        SetUp(queue, script);
    }

    /// <summary>
    /// Turns the indices of a queue on to where they overflow, which takes a driver 65,536 requests: by the
    /// device's state.
    /// </summary>
    public void Wind(FuzzScript script, IDeviceState state)
    {
        byte[] saved = state.Save();

        // A transport's kind, version and the length of the device's; the device's kind and version.
        int device = 1 + saved[0] + sizeof(ushort) + sizeof(uint);
        int first = device + 1 + saved[device] + sizeof(ushort) + SavedDeviceHead;
        int queue = script.Below(queues);
        ushort index = (ushort)(0 - script.Byte() % 5);
        Span<byte> indices = saved.AsSpan(first + (queue * SavedQueue) + SavedIndices, 3 * sizeof(ushort));
        for (int i = 0; i < indices.Length; i += sizeof(ushort))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(indices[i..], index);
        }

        state.Restore(saved);
        available[queue] = used[queue] = index;
        memory.WriteVolatile(VirtioLayout.Available(queue) + 2, index);
        memory.WriteVolatile(VirtioLayout.Used(queue) + 2, index);
        tally.Add("indices wound");
    }

    /// <summary>Looks how many chains came back, where drivers look.</summary>
    public void CountServed()
    {
        for (int queue = 0; queue < queues; queue++)
        {
            ushort index = memory.Read<ushort>(VirtioLayout.Used(queue) + 2);
            ushort served = (ushort)(index - used[queue]);
            used[queue] = index;

            // More than there can be: the place was written to by somebody else.
            if (served is > 0 and < 1024)
            {
                tally.Add("chains served", served);
            }
        }
    }
}
