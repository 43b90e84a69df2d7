using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

// The completion rule: after some exits the state is that between two instructions only when KVM_RUN was
// called once more (api.rst, 5), and nothing in the state tells. So whoever comes for the state calls it.
public sealed partial class Vcpu
{
    // What KVM_RUN left to be finished: written by the running thread, or under the gate where none runs.
    private KvmExitReason lastExit = KvmExitReason.KVM_EXIT_INTR;

    // A further part of an access came while it was finished for the state's sake; the next run takes it.
    private bool partWaits;
    private ExitCopy? seen;
    private ExitCopy? part;

    // The running thread is in a loop of ours, which means in a device or a handler when it comes here.
    private bool dispatches;

    /// <summary>
    /// Finishes the access of the last exit, with what is in its view, without letting the guest go on
    /// (KVM_RUN with <c>immediate_exit</c>).
    /// </summary>
    /// <remarks>
    /// <para>Every member that reads or sets the vCPU's state does this itself. Only a device or a handler
    /// that is to answer the guest (a read, a call) must say by it that the answer is there: what it writes
    /// afterwards comes too late.</para>
    /// <para>Calls through <see cref="Fd"/> do not do it; so what belongs in the middle of an access, as an
    /// arm64 abort in its place (KVM_SET_VCPU_EVENTS), goes through it.</para>
    /// </remarks>
    /// <returns>
    /// Whether the state is now that between two instructions; false where the access has a further part,
    /// which the next run gives as an exit of its own.
    /// </returns>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">KVM_RUN failed.</exception>
    public bool FinishAccess()
    {
        using Held<VcpuHandle> held = UseFile("KVM_RUN");
        lock (gate)
        {
            CheckThread("KVM_RUN");
            if (Pending() != ExitCompletion.None && !partWaits)
            {
                RunToFinish();
            }

            return Pending() == ExitCompletion.None;
        }
    }

    /// <summary>
    /// The file for an ioctl on the vCPU's state, which nothing closes meanwhile, and the state that between
    /// two instructions.
    /// </summary>
    private Held<VcpuHandle> UseState(string ioctl)
    {
        Held<VcpuHandle> held = UseFile(ioctl);
        try
        {
            FinishFor(ioctl);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same for what has nothing to do with the guest's instructions: interrupts, the mapping.
    /// </summary>
    private Held<VcpuHandle> UseFile(string ioctl)
    {
        CheckThread(ioctl);
        return new Held<VcpuHandle>(handle);
    }

    private void FinishFor(string ioctl)
    {
        lock (gate)
        {
            CheckThread(ioctl);
            ExitCompletion pending = Pending();
            if (dispatches && pending == ExitCompletion.Answer && !partWaits)
            {
                throw new InvalidOperationException(
                    $"{ioctl} would come in the middle of {VcpuExit.NameOf(lastExit)} of vCPU {Id}, whose "
                    + "answer to the guest is open: fill it in and return, or fill it in and call "
                    + "Vcpu.FinishAccess first");
            }

            // Registers that were changed in kvm_run itself are the guest's only after the next KVM_RUN, too.
            if (!partWaits && (pending != ExitCompletion.None || RunMemory.HasDirtyRegisters(handle)))
            {
                RunToFinish();
                pending = Pending();
            }

            if (pending != ExitCompletion.None)
            {
                throw new InvalidOperationException(
                    $"{ioctl} would come in the middle of an access of vCPU {Id} to a device: it has a "
                    + $"further part, {VcpuExit.NameOf(lastExit)}, which the vCPU must be run for first");
            }
        }
    }

    // While a part waits its direction does not matter, and its data are not in kvm_run.
    private ExitCompletion Pending() => ExitCompletions.Of(VcpuExit.FromRun(handle, lastExit));

    // Under the gate, so that no run begins meanwhile, with the flag that is only set for this.
    private void RunToFinish()
    {
        KvmExitReason reason = lastExit;
        (seen ??= new ExitCopy()).Take(VcpuExit.FromRun(handle, reason));
        RunMemory.SetImmediateExit(handle, 1);
        int error = handle.Fd.Run() < 0 ? Marshal.GetLastPInvokeError() : 0;

        // A kick says so before it sets the flag: either it is seen here, or it sets the flag after us.
        RunMemory.SetImmediateExit(handle, 0);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref kickWaits))
        {
            RunMemory.SetImmediateExit(handle, 1);
        }

        switch (error)
        {
            case 0:
                lastExit = RunMemory.ExitReason(handle);
                PutAside();
                seen.PutBack(VcpuExit.FromRun(handle, reason));
                break;
            case Errno.EINTR or Errno.EAGAIN:
                lastExit = KvmExitReason.KVM_EXIT_INTR;
                break;
            default:
                throw new KvmException("KVM_RUN", error, KvmFdKind.Vcpu, $"vCPU {Id}");
        }
    }

    // The last exit is for the next run.
    private void PutAside()
    {
        (part ??= new ExitCopy()).Take(VcpuExit.FromRun(handle, lastExit));
        partWaits = hasNews = true;
    }

    private KvmExitReason TakePart()
    {
        partWaits = hasNews = false;
        part!.PutBack(VcpuExit.FromRun(handle, lastExit));
        return lastExit;
    }
}
