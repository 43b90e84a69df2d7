using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio;

/// <summary>
/// Numbers as virtio has them in memory (1.4: little-endian), from and to the host's order. Nothing is left
/// of it on little-endian hosts.
/// </summary>
internal static class LittleEndian
{
    internal static ushort Of(ushort value) =>
        BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    internal static uint Of(uint value) =>
        BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    internal static ulong Of(ulong value) =>
        BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
}
