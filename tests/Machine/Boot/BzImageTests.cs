using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>bzImages in guest memory, byte by byte, and what is said of broken ones.</summary>
public sealed class BzImageTests : IDisposable
{
    private const ulong MiB = 1 << 20;

    private readonly GuestMemory memory = new();

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Load_putsTheKernelAndItsParametersWhereTheProtocolSays()
    {
        TestBzImage image = new([0x90, 0xf4]);

        X64StartState start = Load(image, new LinuxBootOptions
        {
            CommandLine = "console=ttyS0 quiet",
            Initrd = BootFile.FromBytes("initrd", new byte[] { 1, 2, 3 }),
            AcpiRootTable = 0xe0000,
        });

        Assert.Equal(image.Bytes[TestBzImage.CodeOffset..], Read(0x100000, 0x1000));
        Assert.Equal(image.Bytes[0x1fe..0x210], Read(0x71fe, 0x210 - 0x1fe));
        Assert.Equal("console=ttyS0 quiet\0"u8, Read(0x20000, 20));
        Assert.Equal([1, 2, 3], Read((64 * MiB) - 0x1000, 3));
        Assert.Equal(0xff, memory.Read<byte>(0x7210)); // type_of_loader
        Assert.Equal(0x81, memory.Read<byte>(0x7211)); // loadflags: LOADED_HIGH, CAN_USE_HEAP
        Assert.Equal((uint)(64 * MiB) - 0x1000, memory.Read<uint>(0x7218));
        Assert.Equal(3u, memory.Read<uint>(0x721c));
        Assert.Equal(0x20000u, memory.Read<uint>(0x7228));
        Assert.Equal(0xe0000u, memory.Read<ulong>(0x7070));
        Assert.Equal(0, memory.Read<byte>(0x71ef)); // sentinel
        Assert.Equal(
            (X64StartMode.LongMode, 0x100200ul, 0x7000ul, 0x8ff0ul, 0x9000ul),
            (start.Mode, start.Rip, start.Rsi, start.Rsp, start.PageTables));
    }

    [Fact]
    public void Load_memoryMap_hasMemoryAroundTheBios()
    {
        Load(new TestBzImage(), new LinuxBootOptions());

        Assert.Equal(3, memory.Read<byte>(0x71e8));
        Assert.Equal((0ul, 0x9fc00ul, 1u), Entry(0));
        Assert.Equal((0x9fc00ul, 0x60400ul, 2u), Entry(1));
        Assert.Equal((0x100000ul, (64 * MiB) - 0x100000, 1u), Entry(2));
    }

    [Fact]
    public void Load_longMode_mapsTheFirstGiBToItself()
    {
        Load(new TestBzImage(), new LinuxBootOptions());

        Assert.Equal(0xa003ul, memory.Read<ulong>(0x9000));
        Assert.Equal(0xb003ul, memory.Read<ulong>(0xa000));
        Assert.Equal(0x83ul, memory.Read<ulong>(0xb000));
        Assert.Equal((511ul << 21) | 0x83, memory.Read<ulong>(0xbff8));
        Assert.Equal(0x00af9b000000fffful, memory.Read<ulong>(0x510));
        Assert.Equal(0x00cf93000000fffful, memory.Read<ulong>(0x518));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Load_without64BitEntryOrOnRequest_takesThe32BitOne(bool is32BitKernel, bool onRequest)
    {
        TestBzImage image = is32BitKernel ? new(code32: [0xf4]) : new();

        X64StartState start = Load(image, new LinuxBootOptions { Use32BitEntry = onRequest });

        Assert.Equal((X64StartMode.Flat32, 0x100000ul, 0x7000ul), (start.Mode, start.Rip, start.Rsi));
        Assert.Equal(0x00cf9b000000fffful, memory.Read<ulong>(0x510));
    }

    [Fact]
    public void Load_initrdAddressMax_isKept()
    {
        Load(new TestBzImage().Put(0x22c, 0x2ffffffu), new LinuxBootOptions
        {
            Initrd = BootFile.FromBytes("initrd", new byte[0x1001]),
        });

        Assert.Equal(0x3000000u - 0x2000, memory.Read<uint>(0x7218));
    }

    [Fact]
    public void Load_setupSectorsOfZero_areFour()
    {
        TestBzImage image = new([0xf4]);

        Load(image.Put(0x1f1, (byte)0), new LinuxBootOptions());

        Assert.Equal(image.Bytes[TestBzImage.CodeOffset..], Read(0x100000, 0x1000));
    }

    [Fact]
    public void Load_lastParagraphNotWhole_takesWhatIsThere()
    {
        // As Debian's memtest86+ 6.10 is, whose syssize is 8 bytes beyond its end.
        TestBzImage image = new();
        image.CutTo(image.Bytes.Length - 15);

        Load(image, new LinuxBootOptions());

        byte[] code = image.Bytes[TestBzImage.CodeOffset..];
        Assert.Equal(code, Read(0x100000, code.Length));
    }

    public static TheoryData<string, string> BrokenImages() => new()
    {
        { "empty", "vmlinuz is truncated: the boot sector with the start of the setup header" },
        { "cut in header", "vmlinuz is truncated: the setup header takes" },
        { "cut in code", "vmlinuz is truncated: the protected-mode code (syssize at 0x1f4)" },
        { "magic", "header at 0x202 is 0x00000000 and not 0x53726448" },
        { "boot flag", "boot_flag at 0x1fe is 0x0000" },
        { "version", "version at 0x206 is 2.9" },
        { "jump too short", "jump at 0x200 ends the setup header at 0x212" },
        { "jump too long", "jump at 0x200 ends the setup header at 0x301" },
        { "zImage", "loadflags at 0x211" },
        { "no code", "syssize at 0x1f4 is 0" },
        { "code larger than the file", "syssize at 0x1f4" },
        { "setup larger than the file", "syssize at 0x1f4" },
        { "alignment 0", "kernel_alignment at 0x230 is 0x0" },
        { "alignment 3", "kernel_alignment at 0x230 is 0x3" },
        { "preferred address that overflows", "pref_address at 0x258 is 0xffffffffffffffff" },
        { "init size", "(init_size), so it needs at least 65 MiB and has 64" },
        { "init size without end", "(init_size), and there is none in one piece beyond 3 GiB" },
        { "preferred address beyond memory", "(pref_address)" },
    };

    [Theory]
    [MemberData(nameof(BrokenImages))]
    public void Load_brokenImage_saysWhichFieldIsWrong(string how, string sentence)
    {
        TestBzImage image = new();
        _ = how switch
        {
            "empty" => image.CutTo(0),
            "cut in header" => image.CutTo(0x220),
            "cut in code" => image.CutTo(image.Bytes.Length - 16),
            "magic" => image.Put(0x202, 0u),
            "boot flag" => image.Put(0x1fe, (ushort)0),
            "version" => image.Put(0x206, (ushort)0x209),
            "jump too short" => image.Put(0x201, (byte)0x10),
            "jump too long" => image.Put(0x201, byte.MaxValue),
            "zImage" => image.Put(0x211, (byte)0),
            "no code" => image.Put(0x1f4, 0u),
            "code larger than the file" => image.Put(0x1f4, uint.MaxValue),
            "setup larger than the file" => image.Put(0x1f1, byte.MaxValue),
            "alignment 0" => image.Put(0x230, 0u),
            "alignment 3" => image.Put(0x230, 3u),
            "preferred address that overflows" => image.Put(0x258, ulong.MaxValue),
            "init size" => image.Put(0x260, (uint)(48 * MiB) + 1),
            "init size without end" => image.Put(0x260, uint.MaxValue),
            "preferred address beyond memory" => image.Put(0x258, 1ul << 40),
            _ => throw new ArgumentOutOfRangeException(nameof(how)),
        };

        BootImageException e =
            Assert.Throws<BootImageException>(() => Load(image, new LinuxBootOptions()));

        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_commandLineTooLong_saysWhatItMayHave()
    {
        BootImageException e = Assert.Throws<BootImageException>(
            () => Load(new TestBzImage(), new LinuxBootOptions { CommandLine = new string('x', 0x800) }));

        Assert.Equal(
            "the command line has 2,048 bytes, and cmdline_size of vmlinuz allows 2,047; shorten it", e.Message);
        Load(new TestBzImage(), new LinuxBootOptions { CommandLine = new string('x', 0x7ff) });
    }

    [Fact]
    public void Load_commandLineWithoutLimit_staysBelowTheBios()
    {
        TestBzImage image = new TestBzImage().Put(0x238, uint.MaxValue);

        Assert.Throws<BootImageException>(
            () => Load(image, new LinuxBootOptions { CommandLine = new string('x', 0x80000) }));
    }

    [Fact]
    public void Load_commandLineWithZero_isRefused() => Assert.Contains(
        "zero byte",
        Assert.Throws<BootImageException>(
            () => Load(new TestBzImage(), new LinuxBootOptions { CommandLine = "a\0b" })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Load_initrdLargerThanMemory_saysWhatThereIs()
    {
        BootImageException e = Assert.Throws<BootImageException>(() => Load(
            new TestBzImage(), new LinuxBootOptions { Initrd = BootFile.FromBytes("i", new byte[48 * MiB]) }));

        Assert.Equal(
            "the initrd i has 50,331,648 bytes, and between the kernel's memory, which ends at 0x1100000, and "
            + "0x4000000 there are 49,283,072; give the guest more memory",
            e.Message);
    }

    [Fact]
    public void Load_fromADisk_isTheSame()
    {
        TestBzImage image = new([0x90, 0x90, 0xf4]);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, image.Bytes);
            using BootFile file = BootFile.Open(path, "kernel");
            PcMemoryLayout layout = Layout();

            BzImage.Read(file).Load(memory, layout, new LinuxBootOptions());

            Assert.Equal(image.Bytes[TestBzImage.CodeOffset..], Read(0x100000, 0x1000));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("/no/such/file", "there is no such file")]
    [InlineData("/tmp", "it is a directory")]
    [InlineData("/dev/null", "empty")]
    public void Open_whatIsNoFile_saysWhy(string path, string reason) => Assert.Contains(
        reason,
        Assert.Throws<BootImageException>(() => BootFile.Open(path, "kernel")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Layout_above3GiB_leavesAHole()
    {
        PcMemoryLayout layout = new(5ul << 30);

        Assert.Equal((3ul << 30, 2ul << 30), (layout.LowSize, layout.HighSize));
        Assert.Equal(new E820Entry(1ul << 32, 2ul << 30, E820Type.Ram), layout.E820[^1]);
        Assert.Equal(new E820Entry(0x100000, (3ul << 30) - 0x100000, E820Type.Ram), layout.E820[^2]);
    }

    private X64StartState Load(TestBzImage image, LinuxBootOptions options) =>
        BzImage.Read(image.File).Load(memory, Layout(), options);

    private PcMemoryLayout Layout()
    {
        PcMemoryLayout layout = new(64 * MiB);
        if (memory.Regions.Count == 0)
        {
            layout.AddTo(memory);
        }

        return layout;
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }

    private (ulong Address, ulong Size, uint Type) Entry(int index)
    {
        ulong at = 0x72d0 + ((ulong)index * 20);
        return (memory.Read<ulong>(at), memory.Read<ulong>(at + 8), memory.Read<uint>(at + 16));
    }
}
