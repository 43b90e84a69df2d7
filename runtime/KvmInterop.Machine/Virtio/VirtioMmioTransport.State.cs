using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio;

/// <summary>Saving and restoring: the registers, and the device behind them.</summary>
public sealed partial class VirtioMmioTransport
{
    private const string StateKind = "virtio-mmio";
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
        lock (lineGate)
        {
            state.Add(interruptStatus);
        }

        return state.ToArray();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// After guest memory. A device that is paused stays so, and one that is not goes on at once.
    /// </remarks>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, StateKind, StateVersion);
        ReadOnlySpan<byte> deviceState = reader.NextBytes(VirtioDevice.LargestState);
        uint newDeviceHalf = reader.NextUInt32();
        uint newDriverHalf = reader.NextUInt32();
        uint newQueue = reader.NextUInt32();
        uint newInterrupts = reader.NextUInt32() & (UsedBuffer | ConfigurationChange);
        reader.End();

        // Before the device, which may add to it.
        uint oldInterrupts;
        lock (lineGate)
        {
            oldInterrupts = interruptStatus;
            interruptStatus = newInterrupts;
        }

        try
        {
            device.RestoreState(deviceState);
        }
        catch
        {
            lock (lineGate)
            {
                interruptStatus = oldInterrupts;
            }

            throw;
        }

        deviceFeaturesHalf = newDeviceHalf;
        driverFeaturesHalf = newDriverHalf;
        selectedQueue = newQueue;

        // The line is made what the bits say, whatever it was.
        lock (lineGate)
        {
            line.Lower();
            line.SetLevel(interruptStatus != 0);
        }
    }
}
