using System.Collections.Immutable;

namespace KvmInterop;

public sealed partial class GuestDebugger
{
    /// <summary>Runs one instruction on this thread, whatever breakpoint stands at it.</summary>
    /// <param name="loop">Of the vCPU. No other vCPU may run meanwhile: a breakpoint at the instruction is
    /// away for this one step.</param>
    /// <param name="token">Ends it from outside.</param>
    /// <returns><see cref="VcpuStop.Debug"/> with <see cref="DebugEventKind.Step"/>, or what came
    /// instead.</returns>
    /// <exception cref="InvalidOperationException">The vCPU is running already.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public VcpuStop Step(RunLoop loop, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Vcpu vcpu = loop.Vcpu;
        ulong address = vcpu.GetInstructionAddress();
        SoftwareBreakpoint? lifted = software.Find(one => one.Address == address);
        ImmutableArray<HardwareBreakpoint> others = hardware.RemoveAll(one => IsExecute(one, address));
        try
        {
            if (lifted is not null)
            {
                _ = memory.TryWrite(lifted.PhysicalAddress, lifted.Original);
            }

            vcpu.SetDebug(Settings(step: true, others));
            return Recognize(vcpu, loop.Run(token));
        }
        finally
        {
            // The step may have written there: what it wrote is the original from now on.
            if (lifted is not null && memory.TryRead(lifted.PhysicalAddress, lifted.Original.AsSpan()))
            {
                _ = memory.TryWrite(lifted.PhysicalAddress, BreakpointInstruction.Bytes);
            }

            if (!vcpu.IsDisposed)
            {
                Arm(vcpu);
            }
        }
    }

    /// <summary>
    /// Runs on this thread until a breakpoint or another stop, but does not stop where it stands.
    /// </summary>
    /// <param name="loop">Of the vCPU. When it stands at a breakpoint, no other vCPU may run meanwhile.
    /// </param>
    /// <param name="token">Ends it from outside.</param>
    /// <returns>Why it stopped: a breakpoint is <see cref="VcpuStop.Debug"/>.</returns>
    /// <exception cref="InvalidOperationException">The vCPU is running already.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public VcpuStop Continue(RunLoop loop, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(loop);
        Vcpu vcpu = loop.Vcpu;
        ulong address = vcpu.GetInstructionAddress();
        if (HasSoftware(address) || hardware.Any(one => IsExecute(one, address)))
        {
            VcpuStop stepped = Step(loop, token);
            if (stepped is not VcpuStop.Debug { Event.Kind: DebugEventKind.Step })
            {
                return stepped;
            }
        }

        Arm(vcpu);
        while (true)
        {
            VcpuStop stop = Recognize(vcpu, loop.Run(token));
            if (stop is not VcpuStop.Debug debug || Claim(vcpu, debug.Event))
            {
                return stop;
            }
        }
    }

    private static bool IsExecute(HardwareBreakpoint one, ulong address) =>
        one.Kind == BreakpointKind.Execute && one.Address == address;
}
