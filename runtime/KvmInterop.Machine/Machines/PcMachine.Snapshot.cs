using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>Going on where a saved one was.</content>
public sealed partial class PcMachine
{
    /// <summary>
    /// Makes a machine that goes on where a saved one was. Add the devices that it had, in the same order; then
    /// <see cref="VirtualMachine.Start"/> restores all state.
    /// </summary>
    /// <param name="kvm">Not owned; must be there for as long as the machine is saved and restored.</param>
    /// <param name="snapshot">The saved one.</param>
    /// <param name="options">Its options, with what belongs to this process.</param>
    /// <exception cref="ArgumentException">The options make another machine than the saved one.</exception>
    /// <exception cref="StateException">The saved memory is not a PC's of this size, or a file of it not what it
    /// was.</exception>
    /// <exception cref="IOException">A memory file cannot be read.</exception>
    /// <inheritdoc cref="PcMachine(Kvm, PcMachineOptions)"/>
    public PcMachine(Kvm kvm, PcSnapshot snapshot, PcMachineOptions options)
        : this(kvm, Check(options, snapshot), snapshot)
    {
    }

    private protected override byte[] WriteDevices(IReadOnlyList<(string Name, IDeviceState Device)> devices) =>
        PcSnapshot.Write(options, devices);

    private static PcMachineOptions Check(PcMachineOptions options, PcSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(snapshot);
        PcMachineOptions saved = snapshot.Options;
        if (saved.VirtioBus != options.VirtioBus)
        {
            throw new ArgumentException(
                $"the saved machine has its virtio devices on {saved.VirtioBus}, and the options have them on "
                + $"{options.VirtioBus}; take the snapshot's own", nameof(options));
        }

        return saved == options with
        {
            Memory = saved.Memory,
            SerialOutput = saved.SerialOutput,
            DebugOutput = saved.DebugOutput,
            WatchesForPanic = saved.WatchesForPanic,
        }
            ? options
            : throw new ArgumentException(
                "the options make another machine than the saved one; take the snapshot's own", nameof(options));
    }

    // The two files are not one: memory in the place of devices would hide them.
    private static void CheckMemory(PcSnapshot saved, PcMemoryLayout layout)
    {
        List<(ulong, ulong, bool)> wanted = [(0, layout.LowSize, false)];
        if (layout.HighSize > 0)
        {
            wanted.Add((PcMemoryLayout.HoleEnd, layout.HighSize, false));
        }

        // Firmware adds its own, which ends where the addresses of 32 bits do.
        IEnumerable<(ulong, ulong, bool)> ram = saved.Vm.Regions
            .Where(region => region.Address < Firmware.LowestAddress || region.Address >= PcMemoryLayout.HoleEnd)
            .Select(region => (region.Address, region.Size, region.IsReadOnly));
        if (!ram.SequenceEqual(wanted))
        {
            throw new StateException(
                $"the snapshot {saved.Vm.Folder} has other memory than a PC of {layout.Size:#,0} bytes: take it from "
                + "where it was made");
        }
    }
}
