using System.Buffers.Binary;

namespace KvmInterop.Machine.Fdt;

/// <summary>
/// A device tree: how an arm64 kernel is told of its machine. It becomes a flattened one, of version 17
/// (Devicetree Specification 0.4, chapter 5).
/// </summary>
/// <remarks>For one thread, until it is <see cref="ToBytes">flattened</see>.</remarks>
public sealed class DeviceTree
{
    private const uint Magic = 0xd00dfeed;
    private const uint Version = 17;
    private const uint LastCompatibleVersion = 16;
    private const int HeaderSize = 40;
    private const int ReservationAlignment = 8;

    private readonly List<(ulong Address, ulong Size)> reserved = [];
    private uint lastPhandle;

    /// <summary>Makes a tree of a root alone, whose addresses and sizes have 2 cells each.</summary>
    public DeviceTree()
    {
        Root = new FdtNode(this, "");
        Root.SetCells("#address-cells", 2);
        Root.SetCells("#size-cells", 2);
    }

    /// <summary>The root, whose name is empty.</summary>
    public FdtNode Root { get; }

    /// <summary>The physical id of the processor that the kernel begins on (5.2, boot_cpuid_phys).</summary>
    public uint BootCpuId { get; init; }

    /// <summary>Keeps the kernel from memory that it would else use (5.3).</summary>
    /// <param name="address">Physical.</param>
    /// <param name="size">Bytes, 1 or more.</param>
    public void Reserve(ulong address, ulong size)
    {
        // A pair of zeros ends the list.
        ArgumentOutOfRangeException.ThrowIfZero(size);
        reserved.Add((address, size));
    }

    /// <summary>Flattens it: header, reservations, structure, strings.</summary>
    /// <remarks>To be put at a multiple of 8. A kernel takes up to 2 MiB.</remarks>
    public byte[] ToBytes()
    {
        FdtWriter writer = new();
        Root.Write(writer);
        byte[] structure = writer.FinishStructure();
        byte[] strings = writer.Strings;
        int reservations = (reserved.Count + 1) * 2 * sizeof(ulong);
        int structureAt = HeaderSize + reservations;
        int stringsAt = structureAt + structure.Length;
        byte[] bytes = new byte[FdtWriter.Align(stringsAt + strings.Length, ReservationAlignment)];
        Span<byte> header = bytes;
        ReadOnlySpan<uint> fields =
        [
            Magic, (uint)bytes.Length, (uint)structureAt, (uint)stringsAt, HeaderSize, Version,
            LastCompatibleVersion, BootCpuId, (uint)strings.Length, (uint)structure.Length,
        ];
        foreach (uint field in fields)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header, field);
            header = header[sizeof(uint)..];
        }

        foreach ((ulong address, ulong size) in reserved)
        {
            BinaryPrimitives.WriteUInt64BigEndian(header, address);
            BinaryPrimitives.WriteUInt64BigEndian(header[sizeof(ulong)..], size);
            header = header[(2 * sizeof(ulong))..];
        }

        structure.CopyTo(bytes.AsSpan(structureAt));
        strings.CopyTo(bytes.AsSpan(stringsAt));
        return bytes;
    }

    /// <summary>A number for a node that others refer to (2.3.3, phandle), never 0.</summary>
    internal uint NextPhandle() => ++lastPhandle;
}
