using System.Buffers.Binary;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Small images that loaders take.</summary>
internal static class Images
{
    /// <summary>A bzImage (Documentation/arch/x86/boot.rst): one set-up sector, a page of code.</summary>
    public static byte[] BzImage()
    {
        const int SetUpSectors = 1;
        const int CodeSize = 0x400;
        byte[] image = new byte[((SetUpSectors + 1) * 512) + CodeSize];
        image[0x1f1] = SetUpSectors;
        Put(image, 0x1f4, CodeSize / 16);
        Put(image, 0x1fe, 0xaa55, 2);
        Put(image, 0x200, 0x6aeb, 2);
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        Put(image, 0x206, 0x20f, 2);
        image[0x211] = 1;
        Put(image, 0x214, 0x10_0000);
        Put(image, 0x22c, 0x7fff_ffff);
        Put(image, 0x230, 0x20_0000);
        image[0x234] = 1;
        Put(image, 0x236, 0x7f, 2);
        Put(image, 0x238, 0x7ff);
        Put(image, 0x258, 0x100_0000, 8);
        Put(image, 0x260, 0x10_0000);
        image.AsSpan(image.Length - CodeSize).Fill(0xf4);
        return image;
    }

    /// <summary>An arm64 Image (Documentation/arch/arm64/booting.rst).</summary>
    public static byte[] Arm64()
    {
        byte[] image = new byte[0x400];
        Put(image, 0x8, 0, 8);
        Put(image, 0x10, 0x10_0000, 8);
        Put(image, 0x18, 0xa, 8);
        "ARM\x64"u8.CopyTo(image.AsSpan(0x38));
        return image;
    }

    /// <summary>An ELF kernel of 64 bits at 1 MiB, with two segments and the note of a PVH entry.</summary>
    public static byte[] Elf64()
    {
        const int Headers = 0x40;
        const int HeaderSize = 56;
        const int Notes = 0x100;
        const int Code = 0x140;
        byte[] image = new byte[0x200];
        PutElf(image, is64: true, machine: 62, entry: 0x10_0000, segments: 3);
        PutSegment64(image.AsSpan(Headers, HeaderSize), 1, Code, 0x10_0000, 0x80, 0x100);
        PutSegment64(image.AsSpan(Headers + HeaderSize, HeaderSize), 1, Code, 0x10_1000, 0x40, 0x40);
        PutSegment64(image.AsSpan(Headers + (2 * HeaderSize), HeaderSize), 4, Notes, 0, 0x2c, 0x2c);

        // A note of somebody else's, then Xen's number 18: the 32-bit entry.
        Put(image, Notes, 4);
        Put(image, Notes + 4, 4);
        Put(image, Notes + 8, 1);
        "GNU\0"u8.CopyTo(image.AsSpan(Notes + 12));
        Put(image, Notes + 0x14, 4);
        Put(image, Notes + 0x18, 8);
        Put(image, Notes + 0x1c, 18);
        "Xen\0"u8.CopyTo(image.AsSpan(Notes + 0x20));
        Put(image, Notes + 0x24, 0x10_0000, 8);
        return image;
    }

    /// <summary>
    /// An ELF file that is small and a lot of work: many segments have the same notes, all of them empty.
    /// </summary>
    public static byte[] ElfOfNotes()
    {
        const int Headers = 0x40;
        const int HeaderSize = 56;
        const int Segments = 100;
        const int Notes = Headers + (Segments * HeaderSize);
        const int NotesSize = 0x1000;
        byte[] image = new byte[Notes + NotesSize];
        PutElf(image, is64: true, machine: 62, entry: 0x10_0000, segments: Segments);
        PutSegment64(image.AsSpan(Headers, HeaderSize), 1, 0, 0x10_0000, 0x80, 0x100);
        for (int i = 1; i < Segments; i++)
        {
            PutSegment64(
                image.AsSpan(Headers + (i * HeaderSize), HeaderSize), 4, Notes, 0, NotesSize, NotesSize);
        }

        return image;
    }

    /// <summary>An ELF kernel of 32 bits with a multiboot header in its one segment.</summary>
    public static byte[] MultibootElf()
    {
        const int Code = 0x60;
        byte[] image = new byte[0x100];
        PutElf(image, is64: false, machine: 3, entry: 0x10_000c, segments: 1);
        ReadOnlySpan<uint> segment = [1, Code, 0x10_0000, 0x10_0000, 0xa0, 0x100, 5, 0x1000];
        for (int i = 0; i < segment.Length; i++)
        {
            Put(image, 0x34 + (4 * i), segment[i]);
        }

        PutMultiboot(image, Code, 0x3);
        return image;
    }

    /// <summary>A kernel whose multiboot header says where it lies.</summary>
    public static byte[] MultibootFlat()
    {
        byte[] image = new byte[0x100];
        PutMultiboot(image, 0, 0x1_0003);
        ReadOnlySpan<uint> addresses = [0x10_0000, 0x10_0000, 0x10_0100, 0x10_0200, 0x10_0020];
        for (int i = 0; i < addresses.Length; i++)
        {
            Put(image, 12 + (4 * i), addresses[i]);
        }

        return image;
    }

    private static void PutElf(byte[] image, bool is64, ushort machine, ulong entry, ushort segments)
    {
        int word = is64 ? 8 : 4;
        int place = 24 + (3 * word);
        "\u007fELF"u8.CopyTo(image);
        image[4] = (byte)(is64 ? 2 : 1);
        image[5] = 1;
        image[6] = 1;
        Put(image, 16, 2, 2);
        Put(image, 18, machine, 2);
        Put(image, 20, 1);
        Put(image, 24, entry, word);
        Put(image, 24 + word, is64 ? 0x40u : 0x34u, word);
        Put(image, place + 4, is64 ? 0x40u : 0x34u, 2);
        Put(image, place + 6, is64 ? 56u : 32u, 2);
        Put(image, place + 8, segments, 2);
    }

    private static void PutSegment64(
        Span<byte> header, uint type, ulong offset, ulong address, ulong fileSize, ulong memorySize)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        ReadOnlySpan<ulong> fields = [offset, address, address, fileSize, memorySize, 0x1000];
        for (int i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header[(8 + (8 * i))..], fields[i]);
        }
    }

    private static void PutMultiboot(byte[] image, int place, uint flags)
    {
        const uint Magic = 0x1bad_b002;
        Put(image, place, Magic);
        Put(image, place + 4, flags);
        Put(image, place + 8, unchecked(0u - Magic - flags));
    }

    private static void Put(byte[] image, int place, ulong value, int size = 4)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        number[..size].CopyTo(image.AsSpan(place));
    }
}
