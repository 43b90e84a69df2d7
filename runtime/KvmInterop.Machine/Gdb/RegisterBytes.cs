using System.Buffers.Binary;

namespace KvmInterop.Machine;

/// <summary>Writes values one after the other, little-endian.</summary>
internal ref struct RegisterWriter(Span<byte> values)
{
    private Span<byte> rest = values;

    internal void Add64(params ReadOnlySpan<ulong> numbers)
    {
        foreach (ulong number in numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, number);
            rest = rest[sizeof(ulong)..];
        }
    }

    internal void Add32(params ReadOnlySpan<uint> numbers)
    {
        foreach (uint number in numbers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, number);
            rest = rest[sizeof(uint)..];
        }
    }

    internal void AddBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}

/// <summary>Reads what <see cref="RegisterWriter"/> wrote.</summary>
internal ref struct RegisterReader(ReadOnlySpan<byte> values)
{
    private ReadOnlySpan<byte> rest = values;

    internal ulong Next64() => BinaryPrimitives.ReadUInt64LittleEndian(Next(sizeof(ulong)));

    internal uint Next32() => BinaryPrimitives.ReadUInt32LittleEndian(Next(sizeof(uint)));

    internal ReadOnlySpan<byte> Next(int length)
    {
        ReadOnlySpan<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    internal void Skip(int length) => rest = rest[length..];
}
