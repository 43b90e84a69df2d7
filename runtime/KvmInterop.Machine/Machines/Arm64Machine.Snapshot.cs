using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>Going on where a saved one was.</content>
public sealed partial class Arm64Machine
{
    /// <summary>
    /// Makes a machine that goes on where a saved one was. Add the devices that it had, in the same order, and
    /// load nothing; then <see cref="VirtualMachine.Start"/> restores all state.
    /// </summary>
    /// <param name="kvm">Not owned; must be there for as long as the machine is saved and restored.</param>
    /// <param name="snapshot">The saved one.</param>
    /// <param name="options">Its options, with what belongs to this process.</param>
    /// <exception cref="ArgumentException">The options make another machine than the saved one.</exception>
    /// <exception cref="StateException">A memory file is not what it was.</exception>
    /// <exception cref="IOException">A memory file cannot be read.</exception>
    /// <inheritdoc cref="Arm64Machine(Kvm, Arm64MachineOptions)"/>
    public Arm64Machine(Kvm kvm, Arm64Snapshot snapshot, Arm64MachineOptions options)
        : this(kvm, Check(options, snapshot), snapshot)
    {
    }

    private protected override byte[] WriteDevices(IReadOnlyList<(string Name, IDeviceState Device)> devices) =>
        Arm64Snapshot.Write(options, devices);

    private static Arm64MachineOptions Check(Arm64MachineOptions options, Arm64Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(snapshot);
        Arm64MachineOptions saved = snapshot.Options;
        return saved == options with
        {
            Memory = saved.Memory,
            SerialOutput = saved.SerialOutput,
            WatchesForPanic = saved.WatchesForPanic,
        }
            ? options
            : throw new ArgumentException(
                "the options make another machine than the saved one; take the snapshot's own", nameof(options));
    }
}
