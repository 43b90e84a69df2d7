using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>Keeps how the guest ended the machine, and lets it go on.</summary>
internal sealed class RecordingControl : IMachineControl
{
    public List<MachineEnd> Ends { get; } = [];

    public void EndMachine(MachineEnd reason) => Ends.Add(reason);
}
