using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>How the machine ends.</content>
public sealed partial class PcMachine
{
    private readonly Control control;

    // The first one stays.
    private MachineOutcome? outcome;
    private volatile string? panic;

    /// <summary>Ends the machine for a reason; for devices, on any thread. The first reason stays.</summary>
    /// <remarks>Does not wait. After a panic that was seen, a reset, power-off or triple fault is that.</remarks>
    public void Finish(MachineOutcome reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        MachineOutcome told = panic is string said
            && reason is MachineOutcome.Reset or MachineOutcome.PowerOff or MachineOutcome.TripleFault
                ? new MachineOutcome.Panic(said)
                : reason;
        Interlocked.CompareExchange(ref outcome, told, null);
        Vcpus.Stop();
    }

    // Linux with panic=0 stands still behind its last line; with another number it resets the machine.
    private void NotePanic(string reason, bool isLast)
    {
        panic ??= reason;
        if (isLast)
        {
            Finish(new MachineOutcome.Panic(panic));
        }
    }

    // On the thread of the vCPU that stopped.
    private VcpuStopDecision Judge(VcpuThread thread, VcpuStop stop)
    {
        switch (stop)
        {
            case VcpuStop.Requested:
                return VcpuStopDecision.Default;
            case VcpuStop.ShutDown:
                Finish(new MachineOutcome.TripleFault(thread.Vcpu.Id, Report(thread.Vcpu, stop)));
                break;
            case VcpuStop.SystemEvent { IsShutdown: true }:
                Finish(new MachineOutcome.PowerOff("a system event"));
                break;
            case VcpuStop.SystemEvent { IsReset: true }:
                Finish(new MachineOutcome.Reset("a system event"));
                break;
            case VcpuStop.SystemEvent { IsCrash: true }:
                Finish(new MachineOutcome.Panic("it reported a crash"));
                break;
            case VcpuStop.Halted:
                Finish(new MachineOutcome.Halted());
                break;
            default:
                Finish(new MachineOutcome.Unhandled(thread.Vcpu.Id, stop, Report(thread.Vcpu, stop)));
                break;
        }

        return VcpuStopDecision.EndGroup;
    }

    private string Report(Vcpu vcpu, VcpuStop stop) => StopReport.Take(vcpu, Memory, stop).ToString();

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
