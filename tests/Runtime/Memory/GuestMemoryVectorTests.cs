using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Tests.Runtime.Memory;

public sealed class GuestMemoryVectorTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();
    private readonly GuestMemory memory = new();

    public GuestMemoryVectorTests()
    {
        memory.Add(0, 0x1_0000);
        memory.Add(0x1_0000, 0x1_0000);
    }

    public void Dispose()
    {
        memory.Dispose();
        File.Delete(path);
    }

    [Fact]
    public void WriteTo_andReadFrom_manyPieces_giveTheSame()
    {
        byte[] content = new byte[0x2_0000];
        new Random(3).NextBytes(content);
        memory.Write(0, content);

        // 200 pieces of odd lengths, some empty, one over two regions.
        GuestBuffer[] pieces = [.. Enumerable.Range(0, 199)
            .Select(i => new GuestBuffer((ulong)(0x1_fff0 - (i * 601)), (uint)(i % 5 * 37)))
            .Where(piece => piece.Address is < 0xff00 or > 0x1_0020), new(0xfff0, 0x20)];
        int length = pieces.Sum(piece => (int)piece.Length);
        byte[] expected = [.. pieces.SelectMany(piece => content.Skip((int)piece.Address).Take((int)piece.Length))];
        using SafeFileHandle file = Open();
        memory.WriteTo(file, 5, pieces);
        Assert.Equal(expected, File.ReadAllBytes(path)[5..]);

        byte[] news = new byte[length + 5];
        new Random(4).NextBytes(news);
        RandomAccess.Write(file, news, 0);
        memory.ReadFrom(file, 5, pieces);
        byte[] read = [.. pieces.SelectMany(piece =>
        {
            byte[] part = new byte[piece.Length];
            memory.Read(piece.Address, part);
            return part;
        })];
        Assert.Equal(news[5..], read);
        Assert.Equal(content[0xffe0], memory.Read<byte>(0xffe0));
    }

    [Fact]
    public void ReadFrom_fileThatEnds_saysWhereAndHasReadTheRest()
    {
        File.WriteAllBytes(path, [1, 2, 3]);
        using SafeFileHandle file = Open();

        EndOfStreamException end = Assert.Throws<EndOfStreamException>(
            () => memory.ReadFrom(file, 1, [new GuestBuffer(0, 1), new GuestBuffer(8, 4)]));

        Assert.Contains("ends at 3", end.Message, StringComparison.Ordinal);
        Assert.Equal(2, memory.Read<byte>(0));
        Assert.Equal(3, memory.Read<byte>(8));
    }

    [Theory]
    [InlineData(0x2_0000, 1)]
    [InlineData(0x1_ffff, 2)]
    [InlineData(ulong.MaxValue, 2)]
    public void WriteTo_whatIsNoMemory_throws(ulong address, uint length)
    {
        using SafeFileHandle file = Open();

        Assert.Throws<GuestMemoryException>(
            () => memory.WriteTo(file, 0, [new GuestBuffer(0, 1), new GuestBuffer(address, length)]));
    }

    [Fact]
    public void WriteTo_fileThatMayNotBeWritten_isAnIOException()
    {
        using SafeFileHandle file = File.OpenHandle(path);

        Assert.Throws<IOException>(() => memory.WriteTo(file, 0, [new GuestBuffer(0, 1)]));
    }

    [Fact]
    public void ReadFrom_allocatesNothing()
    {
        File.WriteAllBytes(path, new byte[0x1000]);
        using SafeFileHandle file = Open();
        GuestBuffer[] pieces = [new(0, 0x800), new(0x1000, 0x800)];
        memory.ReadFrom(file, 0, pieces);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            memory.ReadFrom(file, 0, pieces);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private SafeFileHandle Open() => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
}
