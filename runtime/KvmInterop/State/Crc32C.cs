using System.Buffers.Binary;
using System.Numerics;

namespace KvmInterop;

/// <summary>
/// CRC-32C (Castagnoli; RFC 3720, 12.1), which the processor computes where it can. It finds accidents, not
/// forgeries, and needs no library of the machine's.
/// </summary>
internal static class Crc32C
{
    /// <summary>Begin with this, and <see cref="Finish"/> what the last call gave.</summary>
    internal const uint Start = uint.MaxValue;

    internal static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    internal static uint Finish(uint sum) => ~sum;

    internal static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte one in bytes)
        {
            sum = BitOperations.Crc32C(sum, one);
        }

        return sum;
    }
}
