using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>How the machine ends.</content>
public sealed partial class Arm64Machine
{
    private const string Psci = "PSCI";

    // The first one stays.
    private MachineOutcome? outcome;
    private volatile string? panic;

    /// <summary>Ends the machine for a reason; for devices, on any thread. The first reason stays.</summary>
    /// <remarks>Does not wait. After a panic that was seen, a reset or power-off is that.</remarks>
    public void Finish(MachineOutcome reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        MachineOutcome told =
            panic is string said && reason is MachineOutcome.Reset or MachineOutcome.PowerOff
                ? new MachineOutcome.Panic(said)
                : reason;
        Interlocked.CompareExchange(ref outcome, told, null);
        Vcpus.Stop();
    }

    private IByteOutput SerialOutput()
    {
        IByteOutput output = options.SerialOutput ?? NoOutput.Instance;
        return options.WatchesForPanic ? new PanicWatch(output, NotePanic) : output;
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
            case VcpuStop.SystemEvent { IsShutdown: true }:
                Finish(new MachineOutcome.PowerOff(Psci));
                break;
            case VcpuStop.SystemEvent { IsReset: true }:
                Finish(new MachineOutcome.Reset(Psci));
                break;
            default:
                string report = StopReport.Take(thread.Vcpu, Memory, stop).ToString();
                Finish(new MachineOutcome.Unhandled(thread.Vcpu.Id, stop, report));
                break;
        }

        return VcpuStopDecision.EndGroup;
    }

    private sealed class NoOutput : IByteOutput
    {
        internal static NoOutput Instance { get; } = new();

        public void Write(ReadOnlySpan<byte> data)
        {
        }
    }
}
