namespace KvmInterop.Machine.Virtio;

/// <summary>
/// A virtio 1.2 device without its transport: features, status, configuration and queues (chapter 2).
/// </summary>
/// <remarks>
/// <para>A device has an <see cref="EventLoop"/>, on whose thread it works: the guest's bells are eventfds
/// there, rung by KVM (<see cref="IoEventFd"/>) or by the transport after an exit. What the loop's thread
/// does may block, on a disk for instance; a loop of its own for such a device keeps others from
/// waiting.</para>
/// <para>Two locks, taken in this order: one for what the transport's registers set up, on vCPUs' threads;
/// one for the work on queues, held by the device's thread for a bounded number of chains. A reset takes
/// both, so that when it has returned nothing of the device touches guest memory.</para>
/// <para>To make a kind of device, derive: <see cref="ProcessQueue"/> is where the work is done.</para>
/// </remarks>
public abstract partial class VirtioDevice : IDisposable
{
    private readonly Lock gate = new();
    private readonly Lock work = new();
    private readonly EventLoop loop;
    private readonly Virtqueue[] queues;
    private readonly EventFd[] bells;
    private readonly List<IDisposable> registrations = [];
    private IVirtioTransport? transport;
    private bool isPaused;
    private bool disposed;

    /// <summary>Prepares queues and bells.</summary>
    /// <param name="type">What the guest is told that it is.</param>
    /// <param name="memory">Where the queues and their buffers are.</param>
    /// <param name="loop">On whose thread the device works. Not owned; to be disposed after it.</param>
    /// <param name="queueSizes">For each queue the most entries, a power of 2.</param>
    /// <param name="features">What this kind of device offers; what all offer is added.</param>
    /// <param name="configurationSize">Bytes of the configuration space.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is no power of 2 up to 32768.</exception>
    /// <exception cref="KvmException">The process has all the open files it may have.</exception>
    protected VirtioDevice(
        VirtioDeviceType type, GuestMemory memory, EventLoop loop, ReadOnlySpan<int> queueSizes,
        ulong features, int configurationSize)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(loop);
        Type = type;
        Memory = memory;
        this.loop = loop;
        OfferedFeatures = features | VirtioFeatures.Core;
        configuration = new byte[configurationSize];
        queues = new Virtqueue[queueSizes.Length];
        for (int i = 0; i < queues.Length; i++)
        {
            queues[i] = new Virtqueue(memory, i, queueSizes[i]);
        }

        bells = new EventFd[queues.Length];
        try
        {
            for (int i = 0; i < queues.Length; i++)
            {
                Virtqueue queue = queues[i];
                bells[i] = new EventFd();
                registrations.Add(loop.Add(bells[i], _ => OnBell(queue)));
            }
        }
        catch
        {
            ReleaseBells();
            throw;
        }
    }

    /// <summary>What the guest is told that it is.</summary>
    public VirtioDeviceType Type { get; }

    /// <summary>Feature bits that the driver can choose from.</summary>
    public ulong OfferedFeatures { get; }

    /// <summary>How many queues it has.</summary>
    public int QueueCount => queues.Length;

    /// <summary>Guest memory, with the queues and their buffers.</summary>
    protected GuestMemory Memory { get; }

    /// <summary>Whether the driver has said that it is ready, and nothing is broken.</summary>
    /// <remarks>To be relied on under the device's lock for work only: in its callbacks.</remarks>
    protected bool IsRunning =>
        (Status & (VirtioStatus.DriverOk | VirtioStatus.NeedsReset | VirtioStatus.Failed))
            == VirtioStatus.DriverOk && !isPaused;

    /// <summary>Stops the work until <see cref="Resume"/>, for a state of the machine to be taken.</summary>
    /// <remarks>
    /// When it has returned the device touches neither guest memory nor its queues. Any thread but the
    /// device's own.
    /// </remarks>
    public void Pause()
    {
        lock (work)
        {
            isPaused = true;
            OnPause();
        }
    }

    /// <summary>Goes on after <see cref="Pause"/>, with what came meanwhile.</summary>
    public void Resume()
    {
        lock (work)
        {
            isPaused = false;
            if (IsRunning)
            {
                OnStart();
            }
        }

        RingAll();
    }

    /// <summary>Ends the work and frees what the device has. After its transport.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A device's part of <see cref="Dispose()"/>: call the base first, it ends the work.</summary>
    /// <param name="disposing">True.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || disposed)
        {
            return;
        }

        disposed = true;
        foreach (Virtqueue queue in queues)
        {
            queue.Stop();
        }

        ReleaseBells();
    }

    /// <summary>A queue of the device.</summary>
    protected Virtqueue Queue(int index) => queues[index];

    /// <summary>
    /// The guest rang a queue's bell, or the device asked for it by <see cref="Ring"/>. On the device's
    /// thread, under its lock for work, while <see cref="IsRunning"/>.
    /// </summary>
    /// <remarks>Takes a bounded number of chains; if more wait, rings again.</remarks>
    protected abstract void ProcessQueue(Virtqueue queue);

    /// <summary>
    /// The driver is ready (DRIVER_OK): before <see cref="OnStart"/>, under the lock for work, on a vCPU's thread. Not
    /// after a pause or a restore.
    /// </summary>
    protected virtual void OnDriverReady()
    {
    }

    /// <summary>
    /// The driver is ready, or the device goes on after a pause. Under the lock for work, on a vCPU's
    /// thread; all queues are rung afterwards.
    /// </summary>
    protected virtual void OnStart()
    {
    }

    /// <summary>The work is stopped for a while. Under the lock for work.</summary>
    protected virtual void OnPause()
    {
    }

    /// <summary>
    /// All is to be as at first. Under the lock for work, on a vCPU's thread: no waiting for the device's
    /// thread here.
    /// </summary>
    protected virtual void OnReset()
    {
    }

    /// <summary>Wakes the device's thread for a queue. Any thread.</summary>
    protected void Ring(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        bells[queue.Index].Signal();
    }

    /// <summary>Interrupts the guest for what was published in a queue, if it wants that.</summary>
    protected void Interrupt(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (queue.TakeInterrupt())
        {
            transport?.NotifyUsed(queue.Index);
        }
    }

    /// <summary>
    /// The device cannot go on (2.1.2): it stops, and the driver is told, until it resets the device.
    /// </summary>
    protected void NeedReset()
    {
        VirtioStatus old = OrStatus(VirtioStatus.NeedsReset);
        if ((old & (VirtioStatus.DriverOk | VirtioStatus.NeedsReset)) == VirtioStatus.DriverOk)
        {
            transport?.NotifyConfiguration();
        }
    }

    /// <summary>Watches a file of the device's on its loop; the callback comes under the lock for
    /// work.</summary>
    protected EventRegistration Watch(
        System.Runtime.InteropServices.SafeHandle file, FileEvents interest, Action<FileEvents> callback) =>
        loop.Add(file, interest, events =>
        {
            lock (work)
            {
                callback(events);
                CheckQueues();
            }
        });

    /// <summary>A timer on the device's loop; the callback comes under the lock for work.</summary>
    protected EventTimer AddTimer(Action callback) => loop.AddTimer(_ =>
    {
        lock (work)
        {
            callback();
            CheckQueues();
        }
    });

    /// <summary>The lock for work, for the device's methods that the host's program calls.</summary>
    protected Lock.Scope EnterWork() => work.EnterScope();

    private void OnBell(Virtqueue queue)
    {
        lock (work)
        {
            if (IsRunning && queue.IsReady)
            {
                ProcessQueue(queue);
                CheckQueues();
            }
        }
    }

    private void CheckQueues()
    {
        foreach (Virtqueue queue in queues)
        {
            if (queue.Problem is not null)
            {
                NeedReset();
            }
        }
    }

    private void RingAll()
    {
        foreach (EventFd bell in bells)
        {
            bell.Signal();
        }
    }

    private void ReleaseBells()
    {
        foreach (IDisposable registration in registrations)
        {
            registration.Dispose();
        }

        foreach (EventFd? bell in bells)
        {
            bell?.Dispose();
        }
    }
}
