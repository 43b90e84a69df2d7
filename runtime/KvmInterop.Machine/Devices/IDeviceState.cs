namespace KvmInterop.Machine.Devices;

/// <summary>A device whose state can be saved, and restored into another device of its kind.</summary>
/// <remarks>
/// <para>What is saved is what the guest can find out about the device: registers, queues, what waits. What
/// the machine gave it (lines, outputs, files, sizes that cannot change) is not: the device that restores has
/// its own, made with the same options.</para>
/// <para>Both may be called from any thread. For a state that fits those of vCPUs and memory, pause the vCPUs
/// first.</para>
/// </remarks>
public interface IDeviceState
{
    /// <summary>Saves the state.</summary>
    /// <returns>Few bytes, versioned: <see cref="DeviceStateWriter"/>.</returns>
    byte[] Save();

    /// <summary>Restores a state that a device of this kind saved, and sets the interrupt lines to what it
    /// says.</summary>
    /// <remarks>
    /// The bytes are judged before anything is set, and are not trusted: no state brings a device to do what
    /// no guest could. Lines are set whatever they were, because an interrupt controller may have been
    /// restored too.
    /// </remarks>
    /// <param name="state">What <see cref="Save"/> returned, here or in another process.</param>
    /// <exception cref="StateException">The bytes are of another kind of device or another version, are damaged,
    /// or do not fit this device's options. The device is as before.</exception>
    void Restore(ReadOnlySpan<byte> state);
}
