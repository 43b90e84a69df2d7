using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio;

// Saving and restoring: what all devices have, then what one kind has.
public abstract partial class VirtioDevice
{
    /// <summary>More than any device has: the largest is what waits for a console with many ports.</summary>
    internal const int LargestState = 16 * 1024 * 1024;

    private const ushort StateVersion = 1;

    private string StateKind => $"virtio-{(int)Type}";

    /// <summary>Adds what this kind of device has beside queues and features. Under the lock for
    /// work.</summary>
    protected virtual void SaveDevice(DeviceStateWriter state)
    {
    }

    /// <summary>
    /// Reads and checks what <see cref="SaveDevice"/> added, and gives what sets it, once all of the state
    /// was judged. Under the lock for work.
    /// </summary>
    /// <exception cref="StateException">It does not fit this device.</exception>
    protected virtual Action? ReadDevice(ref DeviceStateReader state) => null;

    /// <summary>Saves the device for the transport, which has its own part of the state.</summary>
    internal byte[] SaveState()
    {
        lock (gate)
        {
            lock (work)
            {
                DeviceStateWriter state = new(StateKind, StateVersion);
                state.Add(OfferedFeatures);
                state.Add((uint)Status);
                state.Add(driverFeatures);
                state.Add(generation);
                state.Add((byte)queues.Length);
                foreach (Virtqueue queue in queues)
                {
                    queue.Save(state);
                }

                SaveDevice(state);
                return state.ToArray();
            }
        }
    }

    /// <summary>Restores what <see cref="SaveState"/> gave. A device that is not paused goes on at
    /// once.</summary>
    internal void RestoreState(ReadOnlySpan<byte> bytes)
    {
        DeviceStateReader state = new(bytes, StateKind, StateVersion);
        ulong offered = state.NextUInt64();
        VirtioStatus newStatus = (VirtioStatus)state.NextUInt32();
        ulong features = state.NextUInt64();
        uint newGeneration = state.NextUInt32();
        byte count = state.NextByte();
        if (offered != OfferedFeatures || count != queues.Length)
        {
            throw new StateException(
                $"the saved state of '{StateKind}' is of a device with {count} queues and the features "
                + $"0x{offered:x}, and this one has {queues.Length} and 0x{OfferedFeatures:x}; make it with the "
                + "same options");
        }

        bool isAgreed = (newStatus & VirtioStatus.FeaturesOk) != 0;
        if ((newStatus & ~(DriversBits | VirtioStatus.NeedsReset)) != 0
            || (isAgreed && (features & ~offered) != 0))
        {
            throw state.Damaged("the status or the features have bits that nobody can set");
        }

        Virtqueue.Saved[] saved = new Virtqueue.Saved[count];
        foreach (ref Virtqueue.Saved each in saved.AsSpan())
        {
            each = Virtqueue.Saved.Read(ref state);
        }

        lock (gate)
        {
            lock (work)
            {
                Action? restoreDevice = ReadDevice(ref state);
                state.End();
                OnReset();
                Volatile.Write(ref driverFeatures, features);
                Volatile.Write(ref status, (int)newStatus);
                for (int i = 0; i < saved.Length; i++)
                {
                    if (!queues[i].TryRestore(
                        saved[i], Has(VirtioFeatures.IndirectDescriptors), Has(VirtioFeatures.EventIndex)))
                    {
                        OrStatus(VirtioStatus.NeedsReset);
                    }
                }

                restoreDevice?.Invoke();

                // What the device did to its configuration until here is no news to a guest that saw the saved one.
                Volatile.Write(ref generation, newGeneration);
                if (IsRunning)
                {
                    OnStart();
                }
            }
        }

        RingAll();
    }
}
