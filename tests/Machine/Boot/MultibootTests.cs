using System.Text;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>Multiboot kernels in guest memory, what they are told, and what is said of broken ones.</summary>
public sealed class MultibootTests : IDisposable
{
    private const uint HasAddresses = 1 << 16;
    private const ulong MiB = 1 << 20;

    private readonly GuestMemory memory = new();
    private readonly PcMemoryLayout layout = new(64 * MiB);

    public MultibootTests() => layout.AddTo(memory);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Load_elf_tellsMemoryCommandLineAndModules()
    {
        byte[] code = [.. TestMultiboot.Header(1), 0xf4];

        X64StartState start = MultibootImage.Read(new TestElf(is64: false, code).File).Load(
            memory, layout, "smp 4",
            new MultibootModule(BootFile.FromBytes("env", "A=1\n"u8.ToArray()), "env x"),
            new MultibootModule(BootFile.FromBytes("two", new byte[] { 7 }), "two"));

        Assert.Equal(
            (X64StartMode.Flat32, 0x100000ul, 0x2badb002ul), (start.Mode, start.Rip, start.Rax));
        ulong information = start.Rbx;
        Assert.Equal(0x08, start.CodeSelector);
        Assert.Equal(information, start.Rsp);
        Assert.Equal(0x00cf9b000000ffff, memory.Read<long>(BootAddresses.DescriptorTable + 0x08));
        Assert.Equal(0x00cf93000000ffff, memory.Read<long>(BootAddresses.DescriptorTable + 0x10));
        Assert.Equal(0x24fu, Word(information));
        Assert.Equal(639u, Word(information + 4));
        Assert.Equal((64 - 1) * 1024u, Word(information + 8));
        Assert.Equal("kernel smp 4", Text(Word(information + 16)));
        Assert.Equal(2u, Word(information + 20));
        uint modules = Word(information + 24);
        uint first = Word(modules);
        Assert.Equal(0u, first & 0xfff);
        Assert.Equal(first + 4, Word(modules + 4));
        Assert.Equal("env x", Text(Word(modules + 8)));
        Assert.Equal("A=1\n"u8, Read(first, 4));
        Assert.Equal(7, memory.Read<byte>(Word(modules + 16)));
        Assert.Equal(3u * 24, Word(information + 44));
        uint map = Word(information + 48);
        Assert.Equal(20u, Word(map + 48));
        Assert.Equal(0x100000ul, memory.Read<ulong>(map + 52));
        Assert.Equal((64 * MiB) - 0x100000, memory.Read<ulong>(map + 60));
        Assert.Equal(1u, Word(map + 68));
        Assert.Equal("KvmInterop", Text(Word(information + 64)));
    }

    [Fact]
    public void Load_withoutArguments_namesTheFileOnly()
    {
        X64StartState start = MultibootImage.Read(new TestElf(false, TestMultiboot.Header(0)).File)
            .Load(memory, layout);

        Assert.Equal("kernel", Text(Word(start.Rbx + 16)));
    }

    [Fact]
    public void Load_addressesInTheHeader_areUsed()
    {
        // The header is 16 bytes into the file and lies at 0x200010, so loading begins with the file.
        byte[] file =
        [
            .. new byte[16],
            .. TestMultiboot.Header(HasAddresses, 0x200010, 0x200000, 0x200040, 0x200100, 0x200031),
            .. new byte[16], 0xee, 0xee,
        ];
        memory.Fill(0x200000, 0x1000, 0xff);

        X64StartState start = MultibootImage.Read(BootFile.FromBytes("k", file)).Load(memory, layout);

        Assert.Equal(0x200031ul, start.Rip);
        Assert.Equal(file[..0x40], Read(0x200000, 0x40));
        Assert.Equal(0, memory.Read<byte>(0x200040));
        Assert.Equal(0, memory.Read<byte>(0x2000ff));
        Assert.Equal(0xff, memory.Read<byte>(0x200100));
    }

    [Theory]
    [InlineData(0x8000, 0x9000, 0x7000)] // As tests of real mode are linked.
    [InlineData(0x7000, 0x7200, 0x9000)]
    [InlineData(0x6800, 0x12345, 0x14000)]
    [InlineData(0x1000, 0x9f000, 0x101000)]
    [InlineData(0x1000, 0x123456, 0x125000)]
    public void Load_kernelInLowMemory_isToldElsewhere(uint address, uint end, uint told)
    {
        byte[] file = TestMultiboot.Header(HasAddresses, address, address, 0, end, address);
        memory.Fill(0x1000, 0x200000, 0xff);

        X64StartState start = MultibootImage.Read(BootFile.FromBytes("k", file)).Load(memory, layout, "a b");

        Assert.Equal((told, told), ((uint)start.Rbx, (uint)start.Rsp));
        Assert.Equal("k a b", Text(Word(told + 16)));
        Assert.Equal(file, Read(address, file.Length));
        Assert.Equal(new byte[end - address - file.Length], Read(address + (uint)file.Length, (int)(end - address) - file.Length));
    }

    public static TheoryData<string, uint, uint[], string> BrokenHeaders() => new()
    {
        { "unknown flag", 8, [], "unknown bits, 0x8" },
        { "header before what is loaded", HasAddresses, [0x1ffff0, 0x200000, 0, 0, 0], "before the file's start" },
        { "before the file", HasAddresses, [0x300000, 0x200000, 0, 0, 0], "before the file's start" },
        { "ends before it begins", HasAddresses, [0x200000, 0x200000, 0x100000, 0, 0], "load_end_addr 0x100000" },
        { "beyond the end", HasAddresses, [0x200000, 0x200000, 0x300000, 0, 0], "truncated: what is loaded" },
        { "no memory", HasAddresses, [0xf0000000, 0xf0000000, 0, 0, 0], "0xf0000000 (load_addr)" },
        { "bss beyond memory", HasAddresses, [0x200000, 0x200000, 0, 0xf0000000, 0], "bss_end_addr" },
        { "over its segments", HasAddresses, [0x500, 0x500, 0, 0, 0], "where its first segments are described" },
        { "header cut off", HasAddresses, [0x200000], "truncated: the multiboot header" },
    };

    [Theory]
    [MemberData(nameof(BrokenHeaders))]
    public void Load_brokenHeader_saysWhichFieldIsWrong(
        string how, uint flags, uint[] addresses, string sentence)
    {
        BootFile file = BootFile.FromBytes(how, TestMultiboot.Header(flags, addresses));

        BootImageException e = Assert.Throws<BootImageException>(
            () => MultibootImage.Read(file).Load(memory, layout));

        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_elfOf64Bits_saysHowToConvertIt() => Assert.Contains(
        "objcopy -O elf32-i386",
        Assert.Throws<BootImageException>(
            () => MultibootImage.Read(new TestElf(is64: true, TestMultiboot.Header(0)).File)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Load_headerBehind8KiB_isNone() => Assert.Contains(
        "no multiboot header",
        Assert.Throws<BootImageException>(() => MultibootImage.Read(
            BootFile.FromBytes("k", (byte[])[.. new byte[8184], .. TestMultiboot.Header(0)]))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Load_moduleLargerThanMemory_saysWhatThereIs() => Assert.Contains(
        "the module big has 68,157,440 bytes",
        Assert.Throws<BootImageException>(
            () => MultibootImage.Read(new TestElf(false, TestMultiboot.Header(0)).File).Load(
                memory, layout, "", new MultibootModule(BootFile.FromBytes("big", new byte[65 * MiB]), "")))
            .Message,
        StringComparison.Ordinal);

    [Fact]
    public void Load_commandLineWithoutRoom_isRefused() => Assert.Throws<BootImageException>(
        () => MultibootImage.Read(new TestElf(false, TestMultiboot.Header(0)).File)
            .Load(memory, layout, new string('x', 0x10000)));

    [Fact]
    public void Firmware_endsAt4GiBAndBelow1MiB()
    {
        byte[] rom = new byte[256 << 10];
        rom[^1] = 0x5a;
        rom[^(128 << 10)] = 0xa5;

        X64StartState start = Firmware.Load(memory, BootFile.FromBytes("rom", rom));

        Assert.Equal(X64StartMode.Reset, start.Mode);
        Assert.Equal(0x5a, memory.Read<byte>(0xffffffff));
        Assert.Equal(0x5a, memory.Read<byte>(0xfffff));
        Assert.Equal(0xa5, memory.Read<byte>(0xe0000));
        Assert.False(memory.Regions[^1].Options.IsReadOnly, "a processor marks descriptors in the ROM as accessed");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData((16 << 20) + 4096)]
    public void Firmware_ofAnotherSize_isRefused(int size) => Assert.Throws<BootImageException>(
        () => Firmware.Load(memory, BootFile.FromBytes("rom", new byte[size])));

    private uint Word(ulong address) => memory.Read<uint>(address);

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }

    private string Text(uint address)
    {
        byte[] bytes = Read(address, 256);
        return Encoding.UTF8.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
    }
}
