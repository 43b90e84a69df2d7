namespace KvmInterop.Machine.Virtio;

// The registers that every transport has in one form or another. On vCPUs' threads.
public abstract partial class VirtioDevice
{
    private const VirtioStatus DriversBits = VirtioStatus.Acknowledge | VirtioStatus.Driver
        | VirtioStatus.FeaturesOk | VirtioStatus.DriverOk | VirtioStatus.Failed;

    private int status;
    private ulong driverFeatures;

    /// <summary>How far driver and device have come.</summary>
    public VirtioStatus Status => (VirtioStatus)Volatile.Read(ref status);

    /// <summary>Features that were agreed on; what the driver has written so far, before that.</summary>
    public ulong Features => Volatile.Read(ref driverFeatures);

    internal IReadOnlyList<EventFd> Bells => bells;

    /// <summary>Says whether both sides can work with this choice of features (2.2.2).</summary>
    /// <param name="features">All of them offered, and VIRTIO_F_VERSION_1 among them.</param>
    protected virtual bool AcceptsFeatures(ulong features) => true;

    internal void Attach(IVirtioTransport attached)
    {
        if (Interlocked.CompareExchange(ref transport, attached, null) is not null)
        {
            throw new InvalidOperationException("the device has a transport already; make one device for each");
        }
    }

    /// <summary>The guest's bell, where it came as an exit.</summary>
    internal void Notify(uint queue)
    {
        if (queue < (uint)bells.Length)
        {
            bells[queue].Signal();
        }
    }

    /// <summary>Sets half of the driver's features: 0 the low one, 1 the high one.</summary>
    internal void WriteDriverFeatures(uint half, uint value)
    {
        lock (gate)
        {
            if (half > 1 || (Status & VirtioStatus.FeaturesOk) != 0)
            {
                return;
            }

            int shift = (int)half * 32;
            driverFeatures = (driverFeatures & ~((ulong)uint.MaxValue << shift)) | ((ulong)value << shift);
        }
    }

    /// <summary>Writes the status: 0 resets, bits are added, none is taken away (2.1.1).</summary>
    internal void WriteStatus(VirtioStatus value)
    {
        bool hasStarted = false;
        lock (gate)
        {
            if (value == VirtioStatus.None)
            {
                Reset();
                return;
            }

            VirtioStatus added = value & DriversBits & ~Status;
            if ((added & VirtioStatus.FeaturesOk) != 0 && !IsAgreed())
            {
                added &= ~VirtioStatus.FeaturesOk;
            }

            if (((Status | added) & VirtioStatus.FeaturesOk) == 0)
            {
                added &= ~VirtioStatus.DriverOk;
            }

            hasStarted = (added & VirtioStatus.DriverOk) != 0;
            lock (work)
            {
                OrStatus(added);
                if (hasStarted && IsRunning)
                {
                    OnDriverReady();
                    OnStart();
                }
            }
        }

        if (hasStarted)
        {
            // A driver may have made chains available before, and rung for them in vain (3.1.1).
            RingAll();
        }
    }

    /// <summary>A queue by the transport's selector; null where there is none of that number.</summary>
    internal Virtqueue? FindQueue(uint index) => index < (uint)queues.Length ? queues[index] : null;

    /// <summary>Changes a queue that is not in use; one that is stays as it is (4.2.2.2, 4.1.4.3.2).</summary>
    internal void SetUpQueue(uint index, ulong value, QueueChange change)
    {
        lock (gate)
        {
            if (FindQueue(index) is Virtqueue { IsReady: false } queue)
            {
                change(queue, value);
            }
        }
    }

    /// <summary>Lets the device use a queue, or takes it away from the device.</summary>
    internal void SetQueueReady(uint index, bool isReady)
    {
        lock (gate)
        {
            if (FindQueue(index) is not Virtqueue queue || queue.IsReady == isReady)
            {
                return;
            }

            if (!isReady)
            {
                queue.Stop();
            }

            lock (work)
            {
                if (!isReady)
                {
                    queue.Disable();
                }
                else if (!queue.TryEnable(Has(VirtioFeatures.IndirectDescriptors), Has(VirtioFeatures.EventIndex)))
                {
                    NeedReset();
                }
            }
        }

        if (isReady)
        {
            bells[index].Signal();
        }
    }

    /// <summary>Whether a feature was agreed on.</summary>
    protected bool Has(ulong feature) => (Features & feature) != 0;

    private bool IsAgreed() =>
        (driverFeatures & ~OfferedFeatures) == 0
        && (driverFeatures & VirtioFeatures.Version1) != 0
        && AcceptsFeatures(driverFeatures);

    private void Reset()
    {
        // The device's thread lets go of its lock at the next chain.
        foreach (Virtqueue queue in queues)
        {
            queue.Stop();
        }

        lock (work)
        {
            Volatile.Write(ref status, 0);
            Volatile.Write(ref driverFeatures, 0);
            foreach (Virtqueue queue in queues)
            {
                queue.Reset();
            }

            OnReset();
            transport?.OnReset();
        }
    }

    private VirtioStatus OrStatus(VirtioStatus bits) =>
        (VirtioStatus)Interlocked.Or(ref status, (int)bits);

    /// <summary>A change of a queue's set-up; a static function, so that nothing is allocated.</summary>
    internal delegate void QueueChange(Virtqueue queue, ulong value);
}
