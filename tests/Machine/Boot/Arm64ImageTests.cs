using System.Buffers.Binary;
using KvmInterop.Machine.Boot;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>arm64 Images: where they go, and what is said of those that are none.</summary>
public class Arm64ImageTests
{
    private const ulong MemorySize = 16 << 20;

    [Fact]
    public void Load_ofAnImage_putsAllWhereBootingRstSays()
    {
        using GuestMemory memory = Memory();
        byte[] bytes = Image(textOffset: 0x1000, size: 0x40_0000, flags: 0b1010);
        bytes[100] = 0x55;
        Arm64Image image = Arm64Image.Read(BootFile.FromBytes("Image", bytes));
        GuestPageRange? told = null;

        Arm64StartState start = image.Load(
            memory, new Arm64MemoryLayout(MemorySize), BootFile.FromBytes("initrd", "archive"u8.ToArray()),
            initrd =>
            {
                told = initrd;
                return "tree"u8.ToArray();
            });

        Assert.Equal((4096, false, 0x40_0000ul), (image.PageSize, image.IsBigEndian, image.Size));
        Assert.Equal(new Arm64StartState(0x4000_1000, 0x4060_0000), start);
        Assert.Equal(0x55, memory.Read<byte>(0x4000_1000 + 100));
        Assert.Equal((byte)'t', memory.Read<byte>(0x4060_0000));
        Assert.Equal(new GuestPageRange(0x4080_0000, 7), told);
        Assert.Equal((byte)'a', memory.Read<byte>(0x4080_0000));
    }

    [Fact]
    public void Read_ofAKernelThatDoesNotSayItsSize_takesTheOldOffset()
    {
        Arm64Image image = Arm64Image.Read(BootFile.FromBytes("Image", Image(textOffset: 7, size: 0, flags: 7)));

        Assert.Equal((0x8_0000ul, 0x1000ul, 0), (image.Offset, image.Size, image.PageSize));
    }

    [Theory]
    [InlineData(0, 0x1000, 0, "1f8b", "compressed by gzip")]
    [InlineData(0, 0x1000, 0, "28b52ffd", "compressed by zstd")]
    [InlineData(0, 0x1000, 0, "7f454c46", "an ELF file")]
    [InlineData(0, 0x1000, 0, "4d5a00007a696d67", "an EFI program that unpacks")]
    [InlineData(0, 0x1000, 56, "42", "it has not \"ARM\\x64\" at 0x38")]
    [InlineData(0, 0x40000001, 0, "", "image_size of Image is 0x40000001")]
    [InlineData(0, 10, 0, "", "less than its header")]
    [InlineData(0x20_0000, 0x1000, 0, "", "text_offset of Image is 0x200000")]
    [InlineData(2, 0x1000, 0, "", "text_offset of Image is 0x2")]
    public void Read_ofAnImageThatIsNone_saysWhy(
        ulong textOffset, ulong size, int at, string overwritten, string sentence)
    {
        byte[] bytes = Image(textOffset, size, 0);
        Convert.FromHexString(overwritten).CopyTo(bytes, at);

        Assert.Contains(
            sentence, Assert.Throws<BootImageException>(
                () => Arm64Image.Read(BootFile.FromBytes("Image", bytes))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(63)]
    public void Read_ofAnImageCutOff_saysSo(int length)
    {
        byte[] bytes = Image(0, 0x1000, 0)[..length];

        Assert.Contains(
            "Image is truncated", Assert.Throws<BootImageException>(
                () => Arm64Image.Read(BootFile.FromBytes("Image", bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_beyondMemory_saysHowMuchIsMissing()
    {
        using GuestMemory memory = Memory();
        Arm64Image image = Arm64Image.Read(
            BootFile.FromBytes("Image", Image(0, MemorySize - (1 << 20), 0)));

        BootImageException e = Assert.Throws<BootImageException>(
            () => image.Load(memory, new Arm64MemoryLayout(MemorySize), null, _ => []));

        Assert.EndsWith("give it 2 MiB more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_withADeviceTreeThatIsTooLong_saysSo()
    {
        using GuestMemory memory = Memory();
        Arm64Image image = Arm64Image.Read(BootFile.FromBytes("Image", Image(0, 0x1000, 0)));

        Assert.Throws<BootImageException>(
            () => image.Load(memory, new Arm64MemoryLayout(MemorySize), null, _ => new byte[(2 << 20) + 1]));
    }

    [Fact]
    public void Load_ofAnyHeader_isDoneOrRefused()
    {
        using GuestMemory memory = Memory();
        Random random = new(4715);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = Image(0, 0x10000, 0);
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(64)] = (byte)(random.Next(3) switch { 0 => 0, 1 => 0xff, _ => random.Next() });
            }

            Exception? e = Record.Exception(() => Arm64Image.Read(BootFile.FromBytes("Image", bytes)).Load(
                memory, new Arm64MemoryLayout(MemorySize), null, _ => new byte[40]));

            Assert.True(e is null or BootImageException, $"{Convert.ToHexString(bytes.AsSpan(0, 64))}: {e}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    [InlineData((1L << 38) + (2 << 20))]
    public void Layout_ofASizeThatIsNone_isRefused(ulong size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Arm64MemoryLayout(size));

    private static GuestMemory Memory()
    {
        GuestMemory memory = new();
        memory.Add(Arm64MemoryLayout.Start, MemorySize);
        return memory;
    }

    private static byte[] Image(ulong textOffset, ulong size, ulong flags)
    {
        byte[] bytes = new byte[0x1000];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), textOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), size);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(56), 0x644d5241);
        return bytes;
    }
}
