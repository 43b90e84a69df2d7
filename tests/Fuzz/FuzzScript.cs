using System.Buffers.Binary;

namespace KvmInterop.Tests.Fuzz;

/// <summary>An input that says what to do: bytes read from the first to the last, then zeros.</summary>
internal sealed class FuzzScript(byte[] bytes)
{
    private static readonly ulong[] Edges =
        [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, ulong.MaxValue];

    private int place;

    public bool IsAtEnd => place == bytes.Length;

    public byte Byte() => IsAtEnd ? (byte)0 : bytes[place++];

    public ulong Number(int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (ulong)Byte() << (8 * i);
        }

        return value;
    }

    public int Below(int limit) => (int)(Number(limit > 256 ? 4 : 1) % (uint)limit);

    /// <summary>One that breaks things, or any.</summary>
    public ulong AnyNumber()
    {
        int kind = Byte();
        return kind < Edges.Length * 8 ? Edges[kind / 8] : kind < 192 ? Byte() : Number(sizeof(ulong));
    }

    /// <summary>Mostly one of the few that a small queue has.</summary>
    public ushort SmallOrAny(int mask) => Byte() < 240 ? (ushort)(Byte() & mask) : (ushort)Number(sizeof(ushort));

    public void Fill(Span<byte> data)
    {
        // The whole number first: registers mostly are one.
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, AnyNumber());
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = number[i % sizeof(ulong)];
        }
    }

    /// <summary>A script of random length and content.</summary>
    public static byte[] Make(FuzzRandom random, int most)
    {
        byte[] script = new byte[1 + random.Below(most)];
        random.Fill(script);
        return script;
    }
}
