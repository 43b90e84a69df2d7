using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The kernel's own statistics of a VM or a vCPU, by name (KVM_GET_STATS_FD; api.rst, 4.133).
/// </summary>
/// <remarks>
/// For one thread at a time, which need not be the vCPU's: reading does not disturb a vCPU that runs. What it
/// is about stays open in the kernel until this is disposed as well.
/// </remarks>
public sealed class KvmStatistics : IDisposable
{
    private readonly StatisticsHandle handle;
    private readonly ulong dataOffset;
    private readonly ulong[] data;

    private KvmStatistics(StatisticsHandle handle)
    {
        this.handle = handle;
        kvm_stats_header header = default;
        handle.Read(MemoryMarshal.AsBytes(new Span<kvm_stats_header>(ref header)), 0);
        StatisticDescriptor.Check(in header);

        byte[] id = new byte[header.name_size];
        handle.Read(id, header.id_offset);
        Id = StatisticDescriptor.Text(id);

        int size = StatisticDescriptor.Size(in header);
        byte[] bytes = new byte[(int)header.num_desc * size];
        handle.Read(bytes, header.desc_offset);
        StatisticDescriptor[] descriptors = StatisticDescriptor.ReadAll(bytes, size);
        dataOffset = header.data_offset;
        data = new ulong[descriptors.Select(each => each.FirstWord + each.Count).DefaultIfEmpty().Max()];
        All = [.. descriptors.Select(each => new KvmStatistic(data, in each))];
        Refresh();
    }

    /// <summary>The kernel's name for what this is about: <c>kvm-4711/vcpu-0</c>.</summary>
    public string Id { get; }

    /// <summary>All statistics, in the kernel's order. What there is depends on kernel and
    /// architecture.</summary>
    public IReadOnlyList<KvmStatistic> All { get; }

    /// <summary>The statistic of a name; null where this kernel has none.</summary>
    public KvmStatistic? Find(string name)
    {
        foreach (KvmStatistic statistic in All)
        {
            if (statistic.Name == name)
            {
                return statistic;
            }
        }

        return null;
    }

    /// <summary>Reads all values anew: one system call, nothing allocated.</summary>
    /// <exception cref="KvmException">Reading failed.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public void Refresh() => handle.Read(MemoryMarshal.AsBytes(data.AsSpan()), dataOffset);

    /// <summary>Closes the file. The values that were read last stay.</summary>
    public void Dispose() => handle.Dispose();

    /// <param name="subject">Held by the caller during the call.</param>
    /// <param name="fd">What KVM_GET_STATS_FD returned.</param>
    /// <param name="kind">The kind of file that it was made on.</param>
    internal static KvmStatistics Open(SafeHandle subject, int fd, KvmFdKind kind)
    {
        KvmException.ThrowIfError(fd, "KVM_GET_STATS_FD", kind);
        StatisticsHandle handle = StatisticsHandle.Of(subject, fd);
        try
        {
            return new KvmStatistics(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
