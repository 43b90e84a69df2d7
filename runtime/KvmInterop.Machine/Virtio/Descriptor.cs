using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio;

/// <summary><c>struct virtq_desc</c> (virtio 1.2, section 2.7.5), as it lies in guest memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Descriptor(ulong address, uint length, ushort flags, ushort next)
{
    /// <summary>Bytes of one.</summary>
    internal const int Size = 16;

    /// <summary>VIRTQ_DESC_F_NEXT: <see cref="Next"/> counts.</summary>
    internal const ushort HasNext = 1;

    /// <summary>VIRTQ_DESC_F_WRITE: for the device to write, otherwise to read.</summary>
    internal const ushort IsWritable = 2;

    /// <summary>VIRTQ_DESC_F_INDIRECT: a table of descriptors.</summary>
    internal const ushort IsIndirect = 4;

    private readonly ulong address = LittleEndian.Of(address);
    private readonly uint length = LittleEndian.Of(length);
    private readonly ushort flags = LittleEndian.Of(flags);
    private readonly ushort next = LittleEndian.Of(next);

    internal ulong Address => LittleEndian.Of(address);

    internal uint Length => LittleEndian.Of(length);

    internal ushort Next => LittleEndian.Of(next);

    internal bool Has(ushort flag) => (LittleEndian.Of(flags) & flag) != 0;
}
