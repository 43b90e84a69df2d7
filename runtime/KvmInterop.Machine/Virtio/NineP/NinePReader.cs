using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>Fields of a request, one after the other. What is beyond its end reads as nothing, and
/// <see cref="IsSound"/> says so.</summary>
internal ref struct NinePReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> rest = message;

    /// <summary>Whether all that was read was there.</summary>
    internal bool IsSound { get; private set; } = true;

    internal byte NextByte() => Take(1) is [byte value] ? value : (byte)0;

    internal ushort NextUInt16() =>
        Take(sizeof(ushort)) is { Length: > 0 } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    internal uint NextUInt32() =>
        Take(sizeof(uint)) is { Length: > 0 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    internal ulong NextUInt64() =>
        Take(sizeof(ulong)) is { Length: > 0 } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    /// <summary>Bytes after their number in 2.</summary>
    internal ReadOnlySpan<byte> NextString() => Take(NextUInt16());

    internal ReadOnlySpan<byte> NextBytes(uint length) => Take(length);

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)rest.Length)
        {
            IsSound = false;
            rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }
}
