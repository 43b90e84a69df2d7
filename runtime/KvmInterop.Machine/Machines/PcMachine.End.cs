using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>How devices end the machine.</content>
public sealed partial class PcMachine
{
    private readonly Control control;

    private protected override string SystemEventSource => "a system event";

    // What devices end the machine by: not a member, which would be one for everybody.
    private sealed class Control(PcMachine machine) : IMachineControl
    {
        public void EndMachine(MachineEnd reason) => machine.Finish(reason switch
        {
            MachineEnd.PowerOff => new MachineOutcome.PowerOff(reason.Device),
            MachineEnd.DebugExit { Status: var status } => new MachineOutcome.GuestExit(reason.Device, status),
            _ => new MachineOutcome.Reset(reason.Device),
        });
    }
}
