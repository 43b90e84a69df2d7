using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>ELF kernels in guest memory, and what is said of broken ones.</summary>
public sealed class ElfImageTests : IDisposable
{
    private const ulong MiB = 1 << 20;

    private readonly GuestMemory memory = new();
    private readonly PcMemoryLayout layout = new(64 * MiB);

    public ElfImageTests() => layout.AddTo(memory);

    public void Dispose() => memory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_copiesSegmentsAndClearsTheRest(bool is64)
    {
        memory.Fill(0x100000, 0x1000, 0xff);

        ElfImage image = ElfImage.Read(new TestElf(is64, [1, 2, 3], zeros: 0x100).File);
        image.Load(memory);

        Assert.Equal(new byte[] { 1, 2, 3, 0 }, Read(0x100000, 4));
        Assert.Equal(0, memory.Read<byte>(0x100102));
        Assert.Equal(0xff, memory.Read<byte>(0x100103));
        Assert.Equal((0x100000ul, 0x100103ul, is64), (image.Entry, image.End, image.Is64));
    }

    public static TheoryData<bool, string, string> BrokenImages()
    {
        TheoryData<bool, string, string> data = [];
        foreach (bool is64 in new[] { false, true })
        {
            data.Add(is64, "empty", "kernel is truncated: the ELF identification");
            data.Add(is64, "cut in header", "kernel is truncated: the ELF header");
            data.Add(is64, "magic", "the magic number of ELF");
            data.Add(is64, "class", "EI_CLASS is 3");
            data.Add(is64, "big-endian", "EI_DATA is 2");
            data.Add(is64, "object file", "e_type is 1");
            data.Add(is64, "arm", "e_machine is 40");
            data.Add(is64, "table beyond the end", "the program header table (e_phoff, e_phnum)");
            data.Add(is64, "table that overflows", "the program header table (e_phoff, e_phnum)");
            data.Add(is64, "short program headers", "e_phentsize is 8");
            data.Add(is64, "no segments", "no segment of type PT_LOAD");
            data.Add(is64, "content beyond the end", "the content of segment 0 (p_offset, p_filesz)");
            data.Add(is64, "content that overflows", "the content of segment 0 (p_offset, p_filesz)");
            data.Add(is64, "memory less than file", "p_memsz of segment 0 is 0x1");
            data.Add(is64, "no memory there", "segment 0 of kernel is to lie at 0xf0000000 (p_paddr)");
            data.Add(is64, "too big for memory", "(p_memsz)");
        }

        data.Add(true, "address that overflows", "go beyond all addresses");
        return data;
    }

    [Theory]
    [MemberData(nameof(BrokenImages))]
    public void Load_brokenImage_saysWhichFieldIsWrong(bool is64, string how, string sentence)
    {
        TestElf elf = new(is64, [1, 2, 3]);
        int table = is64 ? 32 : 28;
        _ = how switch
        {
            "empty" => elf.CutTo(0),
            "cut in header" => elf.CutTo(40),
            "magic" => elf.Put16(0, 0),
            "class" => elf.Put16(4, 0x103),
            "big-endian" => elf.Put16(4, (ushort)(0x200 | elf.Bytes[4])),
            "object file" => elf.Put16(16, 1),
            "arm" => elf.Put16(18, 40),
            "table beyond the end" => elf.Put(table, 0x1000),
            "table that overflows" => elf.Put(table, ulong.MaxValue),
            "short program headers" => elf.Put16(is64 ? 54 : 42, 8),
            "no segments" => elf.Put16(is64 ? 56 : 44, 0),
            "content beyond the end" => elf.Put(elf.SegmentFileSize, 0x1000),
            "content that overflows" => elf.Put(elf.SegmentOffset, ulong.MaxValue),
            "memory less than file" => elf.Put(elf.SegmentMemorySize, 1),
            "no memory there" => elf.Put(elf.SegmentAddress, 0xf0000000),
            "too big for memory" => elf.Put(elf.SegmentMemorySize, 0x80000000),
            "address that overflows" => elf.Put(elf.SegmentAddress, ulong.MaxValue),
            _ => throw new ArgumentOutOfRangeException(nameof(how)),
        };

        BootImageException e =
            Assert.Throws<BootImageException>(() => ElfImage.Read(elf.File).Load(memory));

        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vmlinux_withANote_isEnteredByPvh()
    {
        TestElf elf = new(is64: true, [0xf4], address: 16 * MiB, note: 0x1000850);

        X64StartState start = Vmlinux.Read(elf.File).Load(memory, layout, new LinuxBootOptions
        {
            CommandLine = "quiet",
            Initrd = BootFile.FromBytes("initrd", new byte[] { 9 }),
            AcpiRootTable = 0xe0000,
        });

        Assert.Equal(
            (X64StartMode.Flat32, 0x1000850ul, 0x7000ul), (start.Mode, start.Rip, start.Rbx));
        Assert.Equal(0x336ec578u, memory.Read<uint>(0x7000));
        Assert.Equal(1u, memory.Read<uint>(0x700c));
        ulong module = memory.Read<ulong>(0x7010);
        Assert.Equal(9, memory.Read<byte>(memory.Read<ulong>(module)));
        Assert.Equal(1ul, memory.Read<ulong>(module + 8));
        Assert.Equal((byte)'q', memory.Read<byte>(memory.Read<ulong>(0x7018)));
        Assert.Equal(0xe0000ul, memory.Read<ulong>(0x7020));
        ulong map = memory.Read<ulong>(0x7028);
        Assert.Equal(3u, memory.Read<uint>(0x7030));
        Assert.Equal((0x100000ul, 1u), (memory.Read<ulong>(map + 48), memory.Read<uint>(map + 64)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Vmlinux_withoutANoteOrOnRequest_isEnteredAsLinux(bool hasNote)
    {
        TestElf elf = new(is64: true, [0xf4], address: 16 * MiB, note: hasNote ? 0x1000850u : null);

        X64StartState start = Vmlinux.Read(elf.File).Load(
            memory, layout, new LinuxBootOptions { UsesLinuxEntry = true });

        Assert.Equal(
            (X64StartMode.LongMode, 16 * MiB, 0x7000ul), (start.Mode, start.Rip, start.Rsi));
        Assert.Equal(0x53726448u, memory.Read<uint>(0x7202));
        Assert.Equal(3, memory.Read<byte>(0x71e8));
    }

    [Fact]
    public void Vmlinux_of32BitsWithoutANote_isRefused() => Assert.Contains(
        "EI_CLASS says 32 bits",
        Assert.Throws<BootImageException>(() => Vmlinux.Read(new TestElf(is64: false, [1]).File)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Vmlinux_below1MiB_isRefused() => Assert.Contains(
        "p_paddr",
        Assert.Throws<BootImageException>(
            () => Vmlinux.Read(new TestElf(is64: true, [1], address: 0x7000).File)
                .Load(memory, layout, new LinuxBootOptions())).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Kind_isToldByContent()
    {
        Assert.Equal(BootImageKind.BzImage, BootImageKinds.Detect(new TestBzImage().File));
        Assert.Equal(BootImageKind.Vmlinux, BootImageKinds.Detect(new TestElf(true, [1]).File));
        Assert.Equal(
            BootImageKind.Multiboot,
            BootImageKinds.Detect(new TestElf(false, TestMultiboot.Header(0)).File));
        Assert.Equal(BootImageKind.Unknown, BootImageKinds.Detect(BootFile.FromBytes("x", new byte[10000])));
        Assert.Equal(BootImageKind.Unknown, BootImageKinds.Detect(BootFile.FromBytes("x", new byte[1])));
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }
}
