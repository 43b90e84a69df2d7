using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>What <see cref="PioBus"/> and <see cref="MmioBus"/> have in common.</summary>
/// <remarks>
/// <para>All members may be called from any thread, also while vCPUs run. A change is seen as a whole: an
/// access finds what was there before it or after it, and never an empty place that was not empty. Accesses
/// take no lock.</para>
/// <para>An access that is under way when a device is replaced or removed is finished by the device that it
/// found. <see cref="Synchronize"/> waits for those.</para>
/// </remarks>
public abstract class Bus
{
    private WeakReference<Vcpu>[] vcpus = [];
    private volatile UnclaimedAccessHandler? unclaimed;
    private long unclaimedReads;
    private long unclaimedWrites;
    private bool collectsStatistics;

    private protected Bus()
    {
    }

    /// <summary>Reads to which no device answered. Each element of a string instruction counts.</summary>
    public long UnclaimedReads => Interlocked.Read(ref unclaimedReads);

    /// <summary>Writes that no device took. Each element of a string instruction counts.</summary>
    public long UnclaimedWrites => Interlocked.Read(ref unclaimedWrites);

    /// <summary>Is told of each access to which no device answers; null (as at first) for nobody.</summary>
    /// <remarks>
    /// Called on the thread of the vCPU that made the access, by several at a time if the VM has several. The
    /// guest decides how often. What it throws ends the run, as with a device.
    /// </remarks>
    public UnclaimedAccessHandler? Unclaimed
    {
        get => unclaimed;
        set => unclaimed = value;
    }

    /// <summary>
    /// Whether accesses are counted: setting it sets <see cref="BusRange.CollectsStatistics"/> of all ranges,
    /// and of those that come later. Off at first.
    /// </summary>
    public bool CollectsStatistics
    {
        get
        {
            lock (Gate)
            {
                return collectsStatistics;
            }
        }

        set
        {
            lock (Gate)
            {
                collectsStatistics = value;
                foreach (BusRange range in Ranges)
                {
                    range.CollectsStatistics = value;
                }
            }
        }
    }

    /// <summary>The devices, by rising address: a snapshot.</summary>
    public abstract IReadOnlyList<BusRange> Ranges { get; }

    // Taken by those who change the tables, never by an access.
    private protected Lock Gate { get; } = new();

    /// <summary>
    /// Puts another device in a range's place, at once: each access goes to the old one or to the new one.
    /// </summary>
    /// <param name="range">The range. It stays the same object, with the other device.</param>
    /// <param name="device">The other device.</param>
    /// <returns>The device that was there. An access that is under way may still be in it.</returns>
    /// <exception cref="InvalidOperationException">The range is not on this bus.</exception>
    public IBusDevice Replace(BusRange range, IBusDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (Gate)
        {
            ThrowIfAbsent(range);
            IBusDevice before = range.Device;
            range.SetDevice(device);
            Update(range, isPresent: true);
            return before;
        }
    }

    /// <summary>Takes a device off the bus.</summary>
    /// <remarks>
    /// Accesses from then on are unclaimed. One that is under way is finished by the device: before it is
    /// disposed, call <see cref="Synchronize"/>.
    /// </remarks>
    /// <returns>Whether it was there.</returns>
    public bool Remove(BusRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        lock (Gate)
        {
            if (!IsPresent(range))
            {
                return false;
            }

            Update(range, isPresent: false);
            return true;
        }
    }

    /// <summary>
    /// Waits until every access is over that a <see cref="RunLoop"/> had begun: after it, no loop is in a
    /// device that was removed or replaced before the call.
    /// </summary>
    /// <remarks>
    /// Asks each vCPU whose loop has this bus, and waits until it is in its guest or has been there; nothing
    /// is kicked, and an access costs nothing for it. Do not hold a lock that a device waits for. Loops of
    /// one's own over <see cref="Vcpu.BeginRun"/> are not known here.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Called by a device or a handler, which would wait for
    /// itself.</exception>
    public void Synchronize()
    {
        List<Vcpu> users = [];
        lock (Gate)
        {
            foreach (WeakReference<Vcpu> reference in vcpus)
            {
                if (reference.TryGetTarget(out Vcpu? vcpu))
                {
                    users.Add(vcpu);
                }
            }
        }

        if (users.Exists(vcpu => vcpu.IsRunningHere))
        {
            throw new InvalidOperationException(
                "a device or handler waits here for its own access to end; synchronize on another thread");
        }

        users.ForEach(vcpu => vcpu.WaitUntilOutsideOfDevices());
    }

    /// <summary>Tells the bus who uses it, for <see cref="Synchronize"/>.</summary>
    internal void AddUser(Vcpu vcpu)
    {
        lock (Gate)
        {
            // Nothing is searched for the first, which in a small program is the only one: the search is a
            // delegate and types to load.
            vcpus = vcpus.Length == 0 ? [vcpu.Self] : With(vcpu);
        }
    }

    /// <summary>Has an access to the range counted or not, from the next one on.</summary>
    internal void SetCounting(BusRange range, bool value)
    {
        lock (Gate)
        {
            range.SetCounting(value);
            if (IsPresent(range))
            {
                Update(range, isPresent: true);
            }
        }
    }

    /// <exception cref="InvalidOperationException">The range is not here.</exception>
    internal void ThrowIfAbsent(BusRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        if (!IsPresent(range))
        {
            throw new InvalidOperationException($"{range} is not on this bus; register it first");
        }
    }

    /// <summary>Sets up a range that was checked and fits, before it is in a table. Under the lock.</summary>
    private protected void Prepare(BusRange range) => range.SetCounting(collectsStatistics);

    private protected abstract bool IsPresent(BusRange range);

    /// <summary>Makes new tables, with a range as it is now or without it, and shows them to accesses.
    /// </summary>
    private protected abstract void Update(BusRange range, bool isPresent);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected void ReadUnclaimed(ulong address, Span<byte> data)
    {
        // Nothing drives the data lines, and they float high.
        data.Fill(byte.MaxValue);
        Interlocked.Increment(ref unclaimedReads);
        unclaimed?.Invoke(new UnclaimedAccess(this, false, address, data.Length, GuestValue.Of(data)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected void WriteUnclaimed(ulong address, ReadOnlySpan<byte> data)
    {
        Interlocked.Increment(ref unclaimedWrites);
        unclaimed?.Invoke(new UnclaimedAccess(this, true, address, data.Length, GuestValue.Of(data)));
    }

    // Without those that are gone, and with itself once: a vCPU may get several loops in turn.
    private WeakReference<Vcpu>[] With(Vcpu vcpu) =>
        [.. Array.FindAll(vcpus, other => other != vcpu.Self && other.TryGetTarget(out _)), vcpu.Self];
}
