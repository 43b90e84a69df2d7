using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>Saving and going on.</content>
public sealed partial class PcMachine
{
    private readonly List<(string Name, IDeviceState Device)> states = [];
    private readonly PcSnapshot? snapshot;

    /// <summary>
    /// Makes a machine that goes on where a saved one was. Add the devices that it had, in the same order; then
    /// <see cref="Start"/> restores all state.
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

    /// <summary>
    /// Saves the machine to a folder, whole or not at all: it is written under another name and renamed. vCPUs
    /// and devices stand still meanwhile, and go on afterwards.
    /// </summary>
    /// <param name="folder">New, or a snapshot that is replaced.</param>
    /// <param name="progress">How far the memory is; null if nobody wants to know.</param>
    /// <param name="token">Ends it; nothing stays behind.</param>
    /// <exception cref="StateException">Something else has the folder's name.</exception>
    /// <exception cref="InvalidOperationException">Called on a vCPU's thread.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void Save(string folder, SnapshotOptions? progress = null, CancellationToken token = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckMayBeReplaced(full);
        string temporary = $"{full}.{Guid.NewGuid():n}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            using (Vcpus.Pause(token))
            {
                PauseDevices();
                try
                {
                    byte[] devices = PcSnapshot.Write(options, states);
                    VmSnapshot.Save(
                        Path.Combine(temporary, PcSnapshot.VmFolder), kvm, Vm, vcpus.ToArray(), null, progress, token);
                    File.WriteAllBytes(Path.Combine(temporary, PcSnapshot.DevicesFile), devices);
                }
                finally
                {
                    ResumeDevices();
                }
            }

            Replace(full, temporary);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

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

    private static void CheckMayBeReplaced(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder)
            && !File.Exists(Path.Combine(folder, PcSnapshot.DevicesFile))
            && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new StateException($"{folder} is there and no snapshot; name another folder");
        }
    }

    private static void Replace(string folder, string temporary)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(temporary, folder);
            return;
        }

        string old = $"{folder}.{Guid.NewGuid():n}.old";
        Directory.Move(folder, old);
        Directory.Move(temporary, folder);
        Directory.Delete(old, recursive: true);
    }

    private T Keep<T>(string name, T device)
        where T : IDeviceState
    {
        states.Add((name, device));
        return device;
    }

    private void Restore(PcSnapshot saved)
    {
        if (saved.Devices.Count != states.Count)
        {
            throw new StateException(
                $"the snapshot has the devices {string.Join(", ", saved.Devices)}, and the machine "
                + $"{string.Join(", ", states.Select(state => state.Name))}; give it the same");
        }

        // KVM's chips first: what devices then set their lines to must stay.
        saved.Vm.RestoreState(kvm, Vm, vcpus.ToArray());
        foreach ((string name, IDeviceState device) in states)
        {
            device.Restore(saved.StateOf(name));
        }
    }
}
