using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>Fields of an answer: size, type and tag first, which are filled in at last.</summary>
internal ref struct NinePWriter(Span<byte> buffer)
{
    /// <summary>Bytes of size, type and tag.</summary>
    internal const int HeaderLength = 7;

    private readonly Span<byte> buffer = buffer;

    /// <summary>Bytes so far.</summary>
    internal int Length { get; private set; } = HeaderLength;

    /// <summary>Room that is left.</summary>
    internal readonly int Room => buffer.Length - Length;

    /// <summary>The room, for who fills it by himself and then calls <see cref="Advance"/>.</summary>
    internal readonly Span<byte> Rest => buffer[Length..];

    internal void Clear() => Length = HeaderLength;

    internal void Advance(int length) => Length += length;

    internal void Add(byte value) => buffer[Length++] = value;

    internal void Add(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Rest, value);
        Length += sizeof(ushort);
    }

    internal void Add(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Rest, value);
        Length += sizeof(uint);
    }

    internal void Add(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Rest, value);
        Length += sizeof(ulong);
    }

    internal void AddString(scoped ReadOnlySpan<byte> value)
    {
        Add((ushort)value.Length);
        value.CopyTo(Rest);
        Length += value.Length;
    }

    internal void Add(in NinePQid qid)
    {
        Add(qid.Type);
        Add(qid.Version);
        Add(qid.Path);
    }

    /// <summary>Sets a number that was added before.</summary>
    internal readonly void Patch(int place, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[place..], value);

    internal readonly void Finish(byte type, ushort tag)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, Length);
        buffer[4] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[5..], tag);
    }
}
