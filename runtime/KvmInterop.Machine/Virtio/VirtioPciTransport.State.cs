using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio;

/// <summary>Saving and restoring: what is not the PCI bus's, which saves the function.</summary>
public sealed partial class VirtioPciTransport
{
    private const string StateKind = "virtio-pci";
    private const ushort StateVersion = 1;

    /// <inheritdoc/>
    /// <remarks>
    /// Pause the device first (<see cref="VirtioDevice.Pause"/>), and save guest memory before it goes on.
    /// </remarks>
    public byte[] Save()
    {
        DeviceStateWriter state = new(StateKind, StateVersion);
        state.Add(device.SaveState());
        state.Add(deviceFeaturesHalf);
        state.Add(driverFeaturesHalf);
        state.Add(selectedQueue);
        state.Add(configurationVector);
        foreach (ushort vector in queueVectors)
        {
            state.Add(vector);
        }

        lock (interruptGate)
        {
            state.Add(isr);
        }

        return state.ToArray();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// After guest memory and the PCI bus. A device that is paused stays so, and one that is not goes on at
    /// once.
    /// </remarks>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, StateKind, StateVersion);
        ReadOnlySpan<byte> deviceState = reader.NextBytes(VirtioDevice.LargestState);
        uint newDeviceHalf = reader.NextUInt32();
        uint newDriverHalf = reader.NextUInt32();
        ushort newQueue = reader.NextUInt16();
        ushort newConfiguration = reader.NextUInt16();
        ushort[] newVectors = new ushort[queueVectors.Length];
        foreach (ref ushort vector in newVectors.AsSpan())
        {
            vector = reader.NextUInt16();
        }

        byte newIsr = (byte)(reader.NextByte() & (QueueInterrupt | ConfigurationInterrupt));
        reader.End();

        // The device goes on with its interrupts where they were: they are set before it is.
        ushort[] oldVectors = [.. queueVectors];
        ushort oldConfiguration = configurationVector;
        SetVectors(newVectors, newConfiguration);
        try
        {
            device.RestoreState(deviceState);
        }
        catch
        {
            SetVectors(oldVectors, oldConfiguration);
            throw;
        }

        deviceFeaturesHalf = newDeviceHalf;
        driverFeaturesHalf = newDriverHalf;
        selectedQueue = newQueue;
        lock (interruptGate)
        {
            isr |= newIsr;
            function.SetInterrupt(isr != 0);
        }
    }

    private void SetVectors(ushort[] vectors, ushort configuration)
    {
        for (int i = 0; i < vectors.Length; i++)
        {
            Volatile.Write(ref queueVectors[i], VectorOrNone(vectors[i]));
        }

        Volatile.Write(ref configurationVector, VectorOrNone(configuration));
    }
}
