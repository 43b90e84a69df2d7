using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Devices;

/// <summary>What a machine tells its firmware, item by item and file by file (QEMU's fw_cfg,
/// docs/specs/fw_cfg.rst).</summary>
/// <remarks>
/// <para>12 ports at 0x510: the selector (2 bytes), the data (1 byte at 0x511, one byte of the item after the
/// other, zeros behind its end), and, with guest memory, the address of a DMA command (8 bytes at 0x514, in
/// big-endian order; writing the lower half starts it). Nothing can be written by the guest.</para>
/// <para>Items are added before the guest runs. Accesses may come from any thread. A DMA command is carried out
/// within its access; it takes as long as writing the guest's memory once, at most.</para>
/// </remarks>
public sealed partial class FirmwareConfig : IBusDevice, IDeviceState
{
    /// <summary>The first port.</summary>
    public const ushort FirstPort = 0x510;

    /// <summary>How many ports it has.</summary>
    public const ushort Size = 12;

    private const ulong SelectorOffset = 0;
    private const ulong DataOffset = 1;
    private const ulong DmaOffset = 4;
    private const ulong DmaLowOffset = 8;

    // The interface's version: bit 0 for the ports, bit 1 for DMA.
    private const uint HasPorts = 1 << 0;
    private const uint HasDma = 1 << 1;

    private readonly Lock gate = new();
    private readonly GuestMemory? memory;
    private readonly Dictionary<ushort, ReadOnlyMemory<byte>> items = [];
    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);

    // Under the gate.
    private ReadOnlyMemory<byte> item;
    private ushort selected;
    private uint position;
    private ulong dmaAddress;

    /// <summary>A device with its signature, and no files.</summary>
    /// <param name="memory">For DMA; null for none.</param>
    public FirmwareConfig(GuestMemory? memory = null)
    {
        this.memory = memory;
        items[FirmwareConfigKeys.Signature] = "QEMU"u8.ToArray();
        Set(FirmwareConfigKeys.Id, HasPorts | (memory is null ? 0 : HasDma));
        MakeDirectory();
        item = items[selected];
    }

    /// <summary>Sets an item.</summary>
    /// <param name="key">Which, of <see cref="FirmwareConfigKeys"/> or other.</param>
    /// <param name="value">Its bytes; not copied.</param>
    /// <exception cref="ArgumentException">The key is one of the directory or of a file.</exception>
    public void Set(ushort key, ReadOnlyMemory<byte> value)
    {
        if (key == FirmwareConfigKeys.FileDirectory
            || (key >= FirmwareConfigKeys.FirstFile && key < FirmwareConfigKeys.FirstFile + files.Count))
        {
            throw new ArgumentException($"key 0x{key:x} is the directory's or a file's; use AddFile", nameof(key));
        }

        lock (gate)
        {
            items[key] = value;
        }
    }

    /// <summary>Sets an item of 2 bytes, little-endian.</summary>
    /// <inheritdoc cref="Set(ushort, ReadOnlyMemory{byte})"/>
    public void Set(ushort key, ushort value)
    {
        byte[] bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Set(key, bytes);
    }

    /// <summary>Sets an item of 4 bytes, little-endian.</summary>
    /// <inheritdoc cref="Set(ushort, ReadOnlyMemory{byte})"/>
    public void Set(ushort key, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Set(key, bytes);
    }

    /// <summary>Sets an item of 8 bytes, little-endian.</summary>
    /// <inheritdoc cref="Set(ushort, ReadOnlyMemory{byte})"/>
    public void Set(ushort key, ulong value)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Set(key, bytes);
    }

    /// <summary>Adds a file, which the directory lists by name.</summary>
    /// <param name="name">1 to 55 ASCII characters, such as <c>etc/sercon-port</c>.</param>
    /// <param name="contents">Its bytes; not copied.</param>
    /// <exception cref="ArgumentException">The name is too long, not ASCII, or there already.</exception>
    public void AddFile(string name, ReadOnlyMemory<byte> contents)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MostNameLength || !Ascii.IsValid(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name of a firmware file: 1 to {MostNameLength} ASCII characters", nameof(name));
        }

        lock (gate)
        {
            if (!files.TryAdd(name, contents))
            {
                throw new ArgumentException($"there is a firmware file '{name}' already", nameof(name));
            }

            MakeDirectory();
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (gate)
        {
            if (offset == DataOffset && data.Length == 1)
            {
                ReadItem(data);
            }
            else if (offset >= DmaOffset && memory is not null)
            {
                // By this it is found out that there is DMA.
                "QEMU CFG"u8.Slice((int)(offset - DmaOffset), data.Length).CopyTo(data);
            }
            else
            {
                data.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            if (offset == SelectorOffset && data.Length == sizeof(ushort))
            {
                Select(BinaryPrimitives.ReadUInt16LittleEndian(data));
            }
            else if (offset == DmaOffset && data.Length == sizeof(uint))
            {
                dmaAddress = (ulong)BinaryPrimitives.ReadUInt32BigEndian(data) << 32;
            }
            else if (offset == DmaLowOffset && data.Length == sizeof(uint))
            {
                RunDma(dmaAddress | BinaryPrimitives.ReadUInt32BigEndian(data));
            }
            else if (offset == DmaOffset && data.Length == sizeof(ulong))
            {
                RunDma(BinaryPrimitives.ReadUInt64BigEndian(data));
            }
        }
    }

    private void Select(ushort key)
    {
        selected = key;
        position = 0;
        item = items.GetValueOrDefault(key);
    }

    // What is left of the item, and zeros behind it.
    private void ReadItem(Span<byte> data)
    {
        ReadOnlySpan<byte> left = LeftOfItem();
        int length = Math.Min(left.Length, data.Length);
        left[..length].CopyTo(data);
        data[length..].Clear();
        Skip((uint)data.Length);
    }

    private ReadOnlySpan<byte> LeftOfItem() =>
        position < (uint)item.Length ? item.Span[(int)position..] : default;

    private void Skip(uint length) => position = (uint)Math.Min((ulong)position + length, uint.MaxValue);
}
