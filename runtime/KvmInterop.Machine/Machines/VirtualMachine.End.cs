using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>How the machine ends.</content>
public abstract partial class VirtualMachine
{
    private volatile string? panic;

    /// <summary>Ends the machine for a reason; for devices, on any thread. The first reason stays.</summary>
    /// <remarks>Does not wait. After a panic that was seen, a reset, power-off or triple fault is that.</remarks>
    public void Finish(MachineOutcome reason)
    {
        ArgumentNullException.ThrowIfNull(reason);

        // The group keeps the first one, for Wait.
        Vcpus.Stop(
            panic is string said
            && reason is MachineOutcome.Reset or MachineOutcome.PowerOff or MachineOutcome.TripleFault
                ? new MachineOutcome.Panic(said)
                : reason);
    }

    /// <summary>Where a serial port sends to.</summary>
    /// <param name="output">Null for nowhere.</param>
    /// <param name="isWatched">Whether a panic of Linux is looked for in it.</param>
    private protected IByteOutput SerialOutput(IByteOutput? output, bool isWatched)
    {
        output ??= NoOutput.Instance;
        return isWatched ? new PanicWatch(output, NotePanic) : output;
    }

    /// <summary>By what the kernel's system events come about, for the outcome.</summary>
    private protected abstract string SystemEventSource { get; }

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
        if (stop is VcpuStop.Requested)
        {
            return VcpuStopDecision.Default;
        }

        Finish(stop switch
        {
            VcpuStop.ShutDown => new MachineOutcome.TripleFault(thread.Vcpu.Id, Report(thread.Vcpu, stop)),
            VcpuStop.SystemEvent { IsShutdown: true } => new MachineOutcome.PowerOff(SystemEventSource),
            VcpuStop.SystemEvent { IsReset: true } => new MachineOutcome.Reset(SystemEventSource),
            VcpuStop.SystemEvent { IsCrash: true } => new MachineOutcome.Panic("it reported a crash"),
            VcpuStop.Halted => new MachineOutcome.Halted(),
            _ => new MachineOutcome.Unhandled(thread.Vcpu.Id, stop, Report(thread.Vcpu, stop)),
        });
        return VcpuStopDecision.EndGroup;
    }

    private string Report(Vcpu vcpu, VcpuStop stop) => StopReport.Take(vcpu, Memory, stop).ToString();

    private sealed class NoOutput : IByteOutput
    {
        internal static NoOutput Instance { get; } = new();

        public void Write(ReadOnlySpan<byte> data)
        {
        }
    }
}
