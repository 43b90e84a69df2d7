using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>Memory from and to files.</summary>
public sealed class GuestMemoryFileTests : IDisposable
{
    private static readonly ulong Page = (ulong)Environment.SystemPageSize;

    private readonly GuestMemory memory = new();
    private readonly string path = Path.GetTempFileName();
    private readonly SafeFileHandle file;

    public GuestMemoryFileTests()
    {
        memory.Add(0, Page);
        memory.Add(Page, 2 * Page);
        file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
    }

    public void Dispose()
    {
        file.Dispose();
        File.Delete(path);
        memory.Dispose();
    }

    [Fact]
    public void WriteTo_andReadFrom_overRegionsThatTouch_giveTheSame()
    {
        byte[] content = new byte[(2 * (int)Page) + 5];
        new Random(1).NextBytes(content);
        memory.Write(3, content);

        memory.WriteTo(file, 7, 3, (ulong)content.Length);
        memory.Fill(0, 3 * Page, 0xcc);
        memory.ReadFrom(file, 7, 3, (ulong)content.Length);

        byte[] back = new byte[content.Length];
        memory.Read(3, back);
        Assert.Equal(content, back);
        Assert.Equal(content, File.ReadAllBytes(path)[7..]);
        Assert.Equal((0xcc, 0xcc),
            (memory.Read<byte>(2), memory.Read<byte>(3 + (ulong)content.Length)));
    }

    [Fact]
    public void ReadFrom_fileThatEnds_saysWhere()
    {
        RandomAccess.Write(file, [1, 2, 3], 10);

        EndOfStreamException e =
            Assert.Throws<EndOfStreamException>(() => memory.ReadFrom(file, 10, 0x20, 8));

        Assert.Equal(
            "the file ends 3 bytes after offset 10, where 8 were to be read for guest address 0x20",
            e.Message);
        Assert.Equal(3, memory.Read<byte>(0x22));
    }

    [Fact]
    public void ReadFromAndWriteTo_overAHole_moveNothing()
    {
        RandomAccess.Write(file, [1, 2, 3, 4], 0);

        Assert.Throws<GuestMemoryException>(() => memory.ReadFrom(file, 0, (3 * Page) - 2, 4));
        Assert.Throws<GuestMemoryException>(() => memory.WriteTo(file, 0, (3 * Page) - 2, 4));

        Assert.Equal(0, memory.Read<byte>((3 * Page) - 2));
        Assert.Equal([1, 2, 3, 4], File.ReadAllBytes(path));
    }

    [Fact]
    public void ReadFrom_aPipe_isNotSupported()
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        using SafeFileHandle reading = new(
            pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false);

        Assert.Throws<NotSupportedException>(() => memory.ReadFrom(reading, 0, 0, 4));
    }

    [Fact]
    public void WriteTo_moreThan2GiB_goesOnBehindTheSpan()
    {
        const ulong Size = (1UL << 31) + (64 << 10);
        using GuestMemory large = new();
        large.Add(0, Size);
        large.Write(Size - 4, 0x1234_5678u);
        using SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);

        // To a device that takes everything at once, so that no page is made for the pattern of zeros.
        large.WriteTo(nothing, 0, 0, Size);
        large.WriteTo(file, 0, Size - 8, 8);

        Assert.Equal(0x1234_5678u, BitConverter.ToUInt32(File.ReadAllBytes(path), 4));
    }

    [Fact]
    public void ReadFromAndWriteTo_nothing_isFineAnywhere()
    {
        memory.ReadFrom(file, 0, 5 * Page, 0);
        memory.WriteTo(file, 0, 5 * Page, 0);

        Assert.Equal(0, RandomAccess.GetLength(file));
    }
}
