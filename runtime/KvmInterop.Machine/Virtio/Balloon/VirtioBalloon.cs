using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.Balloon;

/// <summary>Takes memory from the guest and gives it back (virtio 1.2, section 5.5).</summary>
/// <remarks>
/// Pages that the guest puts into the balloon, and those that it reports to be free, are given back to the
/// host (<see cref="GuestMemory.TryReclaim"/>); they read as fresh ones when they are touched again.
/// </remarks>
public sealed partial class VirtioBalloon : VirtioDevice
{
    /// <summary>Bytes of the pages in which a balloon counts, whatever the guest's pages are.</summary>
    public const int PageSize = 4096;

    // Feature bits (5.5.3).
    private const ulong StatisticsQueue = 1UL << 1;
    private const ulong DeflateOnOutOfMemory = 1UL << 2;
    private const ulong PageReporting = 1UL << 5;

    // struct virtio_balloon_config (5.5.4), up to "actual".
    private const int ConfigurationBytes = 8;
    private const int ActualOffset = 4;

    private const int Entries = 128;

    private readonly DescriptorChain chain;
    private readonly ulong[] statistics = new ulong[Enum.GetValues<BalloonStatistic>().Length];
    private readonly EventTimer? timer;
    private uint known;
    private ushort? heldHead;

    /// <summary>Makes one, empty, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="period">How often the guest is asked for statistics; zero: only by
    /// <see cref="RequestStatistics"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is negative.</exception>
    public VirtioBalloon(GuestMemory memory, EventLoop loop, TimeSpan period = default)
        : base(
            VirtioDeviceType.Balloon, memory, loop, [Entries, Entries, Entries, Entries],
            StatisticsQueue | DeflateOnOutOfMemory | PageReporting, ConfigurationBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        chain = Queue(0).CreateChain();
        if (period > TimeSpan.Zero)
        {
            timer = AddTimer(GiveHeldBack);
            timer.Set(period, period);
        }
    }

    private enum Role
    {
        None,
        Inflate,
        Deflate,
        Statistics,
        Reporting,
    }

    /// <summary>New statistics have come. On the balloon's thread.</summary>
    public event Action? StatisticsChanged;

    /// <summary>Bytes that the guest was asked to give; whole pages.</summary>
    public ulong Target { get; private set; }

    /// <summary>Bytes that the guest says are in the balloon.</summary>
    public ulong Actual { get; private set; }

    /// <summary>Bytes that were given back to the host so far, by balloon and by reports.</summary>
    public ulong Reclaimed { get; private set; }

    /// <summary>Asks the guest for memory, or to take some back.</summary>
    /// <param name="bytes">How much the balloon is to hold in all; rounded down to pages.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than 2^32 - 1 pages.</exception>
    public void SetTarget(ulong bytes)
    {
        ulong pages = bytes / PageSize;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages, uint.MaxValue, nameof(bytes));
        using (EnterWork())
        {
            Target = pages * PageSize;
            Span<byte> value = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)pages);
            SetConfiguration(0, value, isNews: true);
        }
    }

    /// <summary>Asks the guest for statistics, which come later: <see cref="StatisticsChanged"/>.</summary>
    public void RequestStatistics()
    {
        using (EnterWork())
        {
            GiveHeldBack();
        }
    }

    /// <summary>What the guest said last; null if it has not.</summary>
    public ulong? GetStatistic(BalloonStatistic statistic)
    {
        using (EnterWork())
        {
            return (known & (1u << (int)statistic)) != 0 ? statistics[(int)statistic] : null;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (RoleOf(queue) == Role.Statistics)
        {
            TakeStatistics(queue);
        }
        else
        {
            ServeRequests(queue, chain);
        }
    }

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(request);
        switch (RoleOf(queue))
        {
            case Role.Inflate:
                Inflate(request);
                break;
            case Role.Reporting:
                Report(request);
                break;
            default:
                // A page that is taken back needs nothing done: it comes when it is touched.
                break;
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        heldHead = null;
        known = 0;
        Actual = 0;
        SetConfiguration(ActualOffset, stackalloc byte[sizeof(uint)]);
    }

    /// <inheritdoc/>
    protected override void OnConfigurationWritten(int offset, ReadOnlySpan<byte> data)
    {
        if (offset == ActualOffset && data.Length == sizeof(uint))
        {
            using (EnterWork())
            {
                Actual = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(data) * PageSize;
                SetConfiguration(ActualOffset, data);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        timer?.Dispose();
    }

    // Drivers number the queues of the features that were agreed on, without gaps.
    private Role RoleOf(Virtqueue queue) => queue.Index switch
    {
        0 => Role.Inflate,
        1 => Role.Deflate,
        2 when Has(StatisticsQueue) => Role.Statistics,
        2 or 3 when Has(PageReporting) && queue.Index == (Has(StatisticsQueue) ? 3 : 2) => Role.Reporting,
        _ => Role.None,
    };
}
