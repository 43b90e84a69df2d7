using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>Saving and going on.</content>
public abstract partial class VirtualMachine
{
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
    public void Save(string folder, SnapshotOptions? progress = null, CancellationToken token = default) =>
        MachineFolder.Replace(folder, temporary =>
        {
            using VcpuPause pause = Vcpus.Pause(token);
            PauseDevices();
            try
            {
                byte[] devices = WriteDevices(states);
                VmSnapshot.Save(
                    Path.Combine(temporary, MachineFolder.Vm), kvm, Vm, vcpus.ToArray(), null, progress, token);
                File.WriteAllBytes(Path.Combine(temporary, MachineFolder.Devices), devices);
            }
            finally
            {
                ResumeDevices();
            }
        });

    /// <summary>Makes the file of devices: what the machine is made of, and their states.</summary>
    private protected abstract byte[] WriteDevices(IReadOnlyList<(string Name, IDeviceState Device)> devices);

    private void Restore(MachineSnapshot saved)
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
