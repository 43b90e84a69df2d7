using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>Statistics files that no kernel has written: all forms, and wrong ones.</summary>
public sealed class StatisticsFileTests : IDisposable
{
    private const int NameSize = 16;
    private const int HeaderSize = 24;
    private const int DescriptorSize = 16 + NameSize;

    private readonly string path = Path.GetTempFileName();
    private readonly SafeFileHandle file;

    public StatisticsFileTests() =>
        file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    public void Dispose()
    {
        file.Dispose();
        File.Delete(path);
    }

    [Fact]
    public void Values_ofAllTypes_areScaled()
    {
        Write(
            [7, 3, 1, 2, 3, 4],
            new Row("bytes", KvmApi.KVM_STATS_UNIT_BYTES | KvmApi.KVM_STATS_BASE_POW2, 10, 1, 0),
            new Row("ns", KvmApi.KVM_STATS_UNIT_SECONDS | KvmApi.KVM_STATS_TYPE_PEAK, -9, 1, 8),
            new Row("line", KvmApi.KVM_STATS_TYPE_LINEAR_HIST, 0, 4, 16, 5));

        using KvmStatistics statistics = Open();

        Assert.Equal("an id", statistics.Id);
        KvmStatistic bytes = statistics.Find("bytes")!;
        Assert.Equal((7UL, 7168.0, "bytes 7168 B"), (bytes.Value, bytes.Scaled, bytes.ToString()));
        KvmStatistic time = statistics.Find("ns")!;
        Assert.Equal(KvmStatisticType.Peak, time.Type);
        Assert.Equal(3e-9, time.Scaled, 1e-15);
        KvmStatistic line = statistics.Find("line")!;
        Assert.Equal("line 1 2 3 4", line.ToString());
        Assert.Equal([0UL, 5, 10, 15], Enumerable.Range(0, 4).Select(line.BucketStart));
        Assert.Throws<ArgumentOutOfRangeException>(() => line.BucketStart(4));
        Assert.Throws<InvalidOperationException>(() => time.BucketStart(0));
    }

    [Fact]
    public void TypeAndUnit_unknown_areTheirNumbers()
    {
        Write([1], new Row("new", 0x0f | 0xf0, 0, 1, 0));

        using KvmStatistics statistics = Open();

        KvmStatistic only = Assert.Single(statistics.All);
        Assert.Equal(((KvmStatisticType)0x0f, (KvmStatisticUnit)0xf0), (only.Type, only.Unit));
    }

    [Fact]
    public void File_withoutDescriptors_isEmpty()
    {
        Write([]);

        using KvmStatistics statistics = Open();

        Assert.Empty(statistics.All);
    }

    [Theory]
    [InlineData(1, 4)] // Not aligned.
    [InlineData(0, 0)] // No value.
    [InlineData(1, uint.MaxValue - 7)] // Far beyond what there is.
    [InlineData(ushort.MaxValue, 0xffff8)] // So many that it would go beyond the limit.
    public void Descriptor_wrong_isRefused(int count, uint offset)
    {
        Write([1, 2], new Row("wrong", 0, 0, (ushort)count, offset));

        Assert.Throws<InvalidDataException>(() => Open().Dispose());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(uint.MaxValue, 1)]
    [InlineData(NameSize, uint.MaxValue)]
    public void Header_wrong_isRefused(uint nameSize, uint count)
    {
        WriteBytes(MemoryMarshal.AsBytes<uint>([0, nameSize, count, HeaderSize, HeaderSize, HeaderSize]));

        Assert.Throws<InvalidDataException>(() => Open().Dispose());
    }

    [Fact]
    public void File_cutOff_isRefused()
    {
        Write([1, 2], new Row("cut", 0, 0, 3, 0));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Open().Dispose());

        Assert.Contains("end at", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_failed_leavesNoFileBehind()
    {
        Write([1], new Row("wrong", 0, 0, 0, 0));
        Assert.Equal(1, CountOpen());

        Assert.Throws<InvalidDataException>(() => Open().Dispose());

        Assert.Equal(1, CountOpen());

        // Other tests open and close files meanwhile; /proc shows those of this path.
        int CountOpen() => Directory.GetFileSystemEntries("/proc/self/fd").Count(link =>
        {
            try
            {
                return File.ResolveLinkTarget(link, false)?.FullName == path;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    private KvmStatistics Open()
    {
        // A descriptor of its own, as KVM_GET_STATS_FD gives; the handle that is kept meanwhile is the file.
        SafeFileHandle other = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        int fd = (int)other.DangerousGetHandle();
        other.SetHandleAsInvalid();
        return KvmStatistics.Open(file, fd, KvmFdKind.Vm);
    }

    private void Write(ulong[] values, params Row[] rows)
    {
        using MemoryStream all = new();
        uint descriptors = HeaderSize + NameSize;
        uint data = descriptors + (uint)(rows.Length * DescriptorSize);
        all.Write(MemoryMarshal.AsBytes<uint>(
            [0, NameSize, (uint)rows.Length, HeaderSize, descriptors, data]));
        all.Write(Name("an id"));
        foreach (Row row in rows)
        {
            all.Write(MemoryMarshal.AsBytes<uint>([(uint)row.Flags]));
            all.Write(MemoryMarshal.AsBytes<ushort>([(ushort)row.Exponent, row.Count]));
            all.Write(MemoryMarshal.AsBytes<uint>([row.Offset, row.Bucket]));
            all.Write(Name(row.Name));
        }

        all.Write(MemoryMarshal.AsBytes<ulong>(values));
        WriteBytes(all.ToArray());
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes) => RandomAccess.Write(file, bytes, 0);

    private static byte[] Name(string name)
    {
        byte[] bytes = new byte[NameSize];
        Encoding.ASCII.GetBytes(name, bytes);
        return bytes;
    }

    private sealed record Row(
        string Name, int Flags, short Exponent, ushort Count, uint Offset, uint Bucket = 0);
}
