using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// An arm64 Linux <c>Image</c>, loaded and entered as the kernel's document arch/arm64/booting.rst says.
/// </summary>
public sealed class Arm64Image
{
    /// <summary>The image's place is counted from a multiple of this.</summary>
    public const ulong BaseAlignment = 2 << 20;

    private const int HeaderSize = 64;
    private const int TextOffset = 8;
    private const int ImageSize = 16;
    private const int FlagsOffset = 24;
    private const int MagicOffset = 56;
    private const uint Magic = 0x644d5241; // "ARM\x64"
    private const ulong BigEndian = 1 << 0;
    private const int PageSizeShift = 1;
    private const ulong PageSizeMask = 3;

    // Kernels before 3.17 say nothing of their size, and had all of the first 512 KiB for themselves.
    private const ulong OldTextOffset = 0x8_0000;

    // An image of up to 1 GiB: more is a damaged number, and would overflow what is counted with it.
    private const ulong MostSize = 1 << 30;

    private readonly BootFile file;

    private Arm64Image(BootFile file, ReadOnlySpan<byte> header)
    {
        this.file = file;
        ulong flags = BinaryPrimitives.ReadUInt64LittleEndian(header[FlagsOffset..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header[ImageSize..]);
        Offset = size == 0 ? OldTextOffset : BinaryPrimitives.ReadUInt64LittleEndian(header[TextOffset..]);
        Size = size == 0 ? file.Length : size;
        IsBigEndian = size != 0 && (flags & BigEndian) != 0;
        PageSize = size == 0 ? 0 : (flags >> PageSizeShift & PageSizeMask) switch
        {
            1 => 4 << 10,
            2 => 16 << 10,
            3 => 64 << 10,
            _ => 0,
        };
    }

    /// <summary>How far from a multiple of 2 MiB it has to lie (text_offset).</summary>
    public ulong Offset { get; }

    /// <summary>Bytes that it needs from there on, more than the file has (image_size).</summary>
    public ulong Size { get; }

    /// <summary>The size of its pages, which the processor must know; 0 where it does not say.</summary>
    public int PageSize { get; }

    /// <summary>Whether it runs big-endian.</summary>
    public bool IsBigEndian { get; }

    /// <summary>Looks at a file.</summary>
    /// <param name="file">Must stay open until it is loaded.</param>
    /// <exception cref="BootImageException">It is none, or a field is wrong.</exception>
    public static Arm64Image Read(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> header = stackalloc byte[HeaderSize];
        file.Read(0, header[..4], "the first word");
        CheckKind(file, header);
        file.Read(0, header, "the header of an arm64 Image");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[MagicOffset..]) != Magic)
        {
            throw new BootImageException(
                $"{file.Name} is no arm64 Image: it has not \"ARM\\x64\" at 0x{MagicOffset:x}; name the file that "
                + "a kernel's build leaves in arch/arm64/boot/Image, or Debian's vmlinuz of arm64");
        }

        Arm64Image image = new(file, header);
        image.Check();
        return image;
    }

    /// <summary>Puts kernel, device tree and initrd into memory.</summary>
    /// <param name="memory">The guest's, with the whole of <paramref name="layout"/>.</param>
    /// <param name="layout">Where memory is, and what lies where in it.</param>
    /// <param name="initrd">The first file system, or null.</param>
    /// <param name="describe">Makes the flattened device tree, given where the initrd lies (null without
    /// one).</param>
    /// <returns>How the first vCPU begins.</returns>
    /// <exception cref="BootImageException">Something does not fit into memory.</exception>
    public Arm64StartState Load(
        GuestMemory memory, Arm64MemoryLayout layout, BootFile? initrd,
        Func<GuestPageRange?, byte[]> describe)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(describe);
        ulong start = Arm64MemoryLayout.Start + Offset;
        ulong tree = AlignUp(start + Size);
        ulong initrdAt = tree + Arm64MemoryLayout.DeviceTreeSize;
        ulong end = initrdAt + (initrd?.Length ?? 0);
        if (end > layout.End)
        {
            throw new BootImageException(
                $"the kernel {file.Name} needs {Size:#,0} bytes, its device tree and initrd are behind it, and "
                + $"all end at 0x{end:x}, beyond the guest's memory, which ends at 0x{layout.End:x}; give it "
                + $"{(end - layout.End + (1 << 20) - 1) >> 20} MiB more");
        }

        file.CopyTo(memory, 0, start, Math.Min(file.Length, Size), "the image");
        initrd?.CopyTo(memory, 0, initrdAt, initrd.Length, "the initrd");
        byte[] bytes = describe(initrd is null ? null : new GuestPageRange(initrdAt, initrd.Length));
        if ((ulong)bytes.Length > Arm64MemoryLayout.DeviceTreeSize)
        {
            throw new BootImageException(
                $"the device tree has {bytes.Length:#,0} bytes, and a kernel takes up to "
                + $"{Arm64MemoryLayout.DeviceTreeSize:#,0}; shorten the command line");
        }

        memory.Write(tree, bytes);
        return new Arm64StartState(start, tree);
    }

    private static ulong AlignUp(ulong address) => (address + BaseAlignment - 1) & ~(BaseAlignment - 1);

    // What people have by mistake, and what to do with it.
    private static void CheckKind(BootFile file, ReadOnlySpan<byte> start)
    {
        string? what = start switch
        {
            [0x1f, 0x8b, ..] => "compressed by gzip; unpack it with gunzip",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "compressed by zstd; unpack it with zstd -d",
            [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => "an ELF file; name arch/arm64/boot/Image beside it",
            _ => null,
        };
        Span<byte> zimg = stackalloc byte[4];
        if (start.StartsWith("MZ"u8) && file.TryRead(4, zimg) && zimg.SequenceEqual("zimg"u8))
        {
            what = "an EFI program that unpacks a kernel; take the Image out of it";
        }

        if (what is not null)
        {
            throw new BootImageException($"{file.Name} is no arm64 Image but {what}");
        }
    }

    private void Check()
    {
        if (Size > MostSize)
        {
            throw new BootImageException(
                $"image_size of {file.Name} is 0x{Size:x}, and no kernel is larger than 0x{MostSize:x} bytes; it "
                + "is damaged");
        }

        if (Size < HeaderSize)
        {
            throw new BootImageException(
                $"image_size of {file.Name} is 0x{Size:x}, less than its header; it is damaged");
        }

        if (Offset >= BaseAlignment || Offset % 4 != 0)
        {
            throw new BootImageException(
                $"text_offset of {file.Name} is 0x{Offset:x}, and has to be a multiple of 4 below 2 MiB; it is "
                + "damaged");
        }
    }
}
