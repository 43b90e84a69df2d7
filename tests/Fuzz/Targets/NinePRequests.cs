using System.Buffers.Binary;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Messages of 9P2000.L: mostly with the fields that they have, and numbers that were given out.</summary>
internal static class NinePRequests
{
    private const int HeaderSize = 7;
    private const int MostBytes = 480;

    // Fields: f a number of a file, d 4 bytes, q 8 bytes, w 2 bytes, b 1 byte, s a name, o what Tlopen takes,
    // n names behind their number, t bytes behind their number.
    private static readonly (byte Type, string Fields)[] Messages =
    [
        (104, "fNssd"), (110, "ffn"), (110, "ffn"), (110, "ffn"), (12, "fo"), (12, "fo"), (14, "fsodd"), (14, "fsodd"),
        (116, "fqd"), (118, "fqt"), (118, "fqt"), (40, "fqd"), (24, "fq"), (26, "fddddqqqqq"), (8, "f"), (72, "fsdd"),
        (16, "fssd"), (22, "f"), (70, "ffs"), (74, "fsfs"), (76, "fsd"), (50, "fd"), (52, "fbdqqds"), (54, "fbqqds"),
        (120, "f"), (122, "f"), (108, "w"), (100, "dv"), (18, "fsdddd"), (20, "ffs"), (30, "fs"), (102, "fssd"),
    ];

    private static readonly byte[][] Names =
    [
        "a"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray(), "link"u8.ToArray(), ".."u8.ToArray(), "."u8.ToArray(),
        "a/b"u8.ToArray(), "../x"u8.ToArray(), [], [(byte)'n', 0, (byte)'l'], "/etc/passwd"u8.ToArray(),
    ];

    // O_RDONLY, O_WRONLY, O_RDWR, with O_CREAT, O_EXCL, O_TRUNC, O_APPEND, and what a guest has no business with:
    // O_DIRECT, O_NONBLOCK, O_PATH, O_TMPFILE.
    private static readonly uint[] OpenFlags =
        [0, 1, 2, 0x42, 0x241, 0x401, 0xc2, 0x4002, 0x802, 0x20_0000, 0x41_0002, uint.MaxValue];

    public static int Write(FuzzScript script, int queue, Span<byte> destination)
    {
        (byte type, string fields) = Messages[script.Byte() % Messages.Length];
        int length = HeaderSize;
        foreach (char field in fields)
        {
            // Now and then another kind of field than belongs there, or none any more.
            int how = script.Byte();
            char kind = how < 4 ? "dqwbsnt"[how % 7] : field;
            length += Put(script, kind, destination[length..]);
            if (how > 253 || length > MostBytes)
            {
                break;
            }
        }

        BinaryPrimitives.WriteInt32LittleEndian(
            destination, script.Byte() < 248 ? length : (int)script.AnyNumber());
        destination[4] = script.Byte() < 252 ? type : script.Byte();
        BinaryPrimitives.WriteUInt16LittleEndian(destination[5..], script.Byte());
        return length;
    }

    private static int Put(FuzzScript script, char field, Span<byte> place)
    {
        switch (field)
        {
            case 'f':
                BinaryPrimitives.WriteUInt32LittleEndian(place, script.SmallOrAny(3));
                return sizeof(uint);
            case 'N':
                // NOFID: nobody asks who the guest is.
                BinaryPrimitives.WriteUInt32LittleEndian(place, script.Byte() < 250 ? uint.MaxValue : script.Byte());
                return sizeof(uint);
            case 'o':
                BinaryPrimitives.WriteUInt32LittleEndian(place, OpenFlags[script.Byte() % OpenFlags.Length]);
                return sizeof(uint);
            case 'd':
                BinaryPrimitives.WriteUInt32LittleEndian(
                    place, script.Byte() < 160 ? (uint)script.Number(2) : (uint)script.AnyNumber());
                return sizeof(uint);
            case 'q':
                BinaryPrimitives.WriteUInt64LittleEndian(
                    place, script.Byte() < 192 ? script.Byte() : script.AnyNumber());
                return sizeof(ulong);
            case 'w':
                BinaryPrimitives.WriteUInt16LittleEndian(place, script.SmallOrAny(15));
                return sizeof(ushort);
            case 'b':
                place[0] = script.Byte();
                return 1;
            case 'v':
                return PutName("9P2000.L"u8, place);
            case 't':
                int count = script.Byte() & 31;
                BinaryPrimitives.WriteInt32LittleEndian(place, script.Byte() < 248 ? count : (int)script.AnyNumber());
                return sizeof(uint) + count;
            case 'n':
                return PutNames(script, place);
            default:
                return PutName(Names[NameOf(script)], place);
        }
    }

    private static int PutNames(FuzzScript script, Span<byte> place)
    {
        int names = script.Byte() is var some && some < 224 ? some & 3 : some & 31;
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)names);
        int length = sizeof(ushort);
        for (int i = 0; i < names && length < 200; i++)
        {
            length += PutName(Names[NameOf(script)], place[length..]);
        }

        return length;
    }

    // Mostly one that may be there.
    private static int NameOf(FuzzScript script) =>
        script.Byte() is var some && some < 192 ? some % 4 : some % Names.Length;

    private static int PutName(ReadOnlySpan<byte> name, Span<byte> place)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)name.Length);
        name.CopyTo(place[sizeof(ushort)..]);
        return sizeof(ushort) + name.Length;
    }
}
