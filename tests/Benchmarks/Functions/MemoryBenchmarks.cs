using BenchmarkDotNet.Attributes;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>Guest memory by guest-physical address; each access is checked.</summary>
public class MemoryBenchmarks
{
    private const ulong Size = 1 << 20;
    private const int PageSize = 4096;

    private readonly byte[] page = new byte[PageSize];
    private readonly byte[] block = new byte[Size];
    private GuestMemory memory = null!;
    private ulong next;

    // Two regions: a look-up has something to search.
    [GlobalSetup]
    public void SetUp()
    {
        memory = Regions();
        memory.Fill(0, Size, 1);
        memory.Fill(2 * Size, Size, 1);
    }

    [GlobalCleanup]
    public void CleanUp() => memory.Dispose();

    [Benchmark]
    public ulong ReadNumber() => memory.Read<ulong>(Next(sizeof(ulong)));

    [Benchmark]
    public void WriteNumber() => memory.Write(Next(sizeof(ulong)), next);

    [Benchmark]
    public ulong ReadVolatileNumber() => memory.ReadVolatile<ulong>(Next(sizeof(ulong)));

    [Benchmark]
    public void ReadPage() => memory.Read(Next(PageSize), page);

    [Benchmark]
    public void WritePage() => memory.Write(Next(PageSize), page);

    [Benchmark]
    public void ReadMebibyte() => memory.Read(2 * Size, block);

    private static GuestMemory Regions()
    {
        GuestMemory memory = new();
        memory.Add(0, Size);
        memory.Add(2 * Size, Size);
        return memory;
    }

    private ulong Next(int step)
    {
        next += (ulong)step;
        return (2 * Size) + (next % Size);
    }
}
