using System.Buffers.Binary;

namespace KvmInterop.Tests.Fuzz;

/// <summary>Spoils bytes that are right, a little or a lot.</summary>
internal static class Mutator
{
    private const int MostChanges = 8;

    // Numbers at which sums overflow, sizes end and signs change.
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 4, 7, 8, 0xf, 0x10, 0x7f, 0x80, 0xff, 0x100, 0x1ff, 0x200, 0xfff, 0x1000, 0x7fff, 0x8000,
        0xffff, 0x1_0000, 0xf_ffff, 0x10_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff, 0x1_0000_0000,
        0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_f000, 0xffff_ffff_ffff_ffff,
    ];

    /// <param name="good">Bytes that are right.</param>
    /// <param name="random">Decides.</param>
    /// <param name="head">How many of them, from the start, are most worth changing: a header.</param>
    public static byte[] Spoil(ReadOnlySpan<byte> good, FuzzRandom random, int head)
    {
        byte[] bytes = good.ToArray();
        for (int changes = 1 + random.Below(MostChanges); changes > 0; changes--)
        {
            bytes = Change(bytes, random, random.OneIn(4) ? bytes.Length : Math.Min(head, bytes.Length));
        }

        return bytes;
    }

    private static byte[] Change(byte[] bytes, FuzzRandom random, int head)
    {
        if (head == 0)
        {
            return [.. bytes, (byte)random.Next()];
        }

        int place = random.Below(head);
        switch (random.Below(16))
        {
            case 0:
                return bytes[..random.Below(bytes.Length + 1)];
            case 1:
                return [.. bytes, .. bytes.AsSpan(place, Math.Min(bytes.Length - place, 1 + random.Below(64)))];
            case 2:
                return [.. bytes.AsSpan(0, place), (byte)random.Next(), .. bytes.AsSpan(place)];
            case 3 or 4:
                bytes[place] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 5:
                bytes[place] = (byte)random.Next();
                return bytes;
            case 6:
                bytes.AsSpan(random.Below(bytes.Length), 1).CopyTo(bytes.AsSpan(place));
                return bytes;
            default:
                PutNumber(bytes, place, random);
                return bytes;
        }
    }

    private static void PutNumber(byte[] bytes, int place, FuzzRandom random)
    {
        ulong value = unchecked(random.Pick<ulong>(Edges) + (ulong)(random.Below(5) - 2));
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        if (random.OneIn(4))
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        }

        // Fields are mostly where their size says.
        int width = 1 << random.Below(4);
        place &= random.OneIn(4) ? ~0 : -width;
        number = number[..Math.Min(width, bytes.Length - place)];
        number.CopyTo(bytes.AsSpan(place));
    }
}
