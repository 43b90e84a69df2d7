namespace KvmInterop;

/// <summary>A run of a vCPU on the current thread, made by <see cref="Vcpu.BeginRun"/>.</summary>
/// <remarks>
/// For loops of one's own; a <see cref="RunLoop"/> is the ready-made one. Dispose it on the same thread,
/// once. Exits are views of memory that this scope keeps: do not use one after the scope's Dispose.
/// </remarks>
public ref struct VcpuRunScope
{
    private readonly bool wasBlocked;
    private Vcpu? vcpu;

    internal VcpuRunScope(Vcpu vcpu, bool wasBlocked)
    {
        this.vcpu = vcpu;
        this.wasBlocked = wasBlocked;
    }

    private readonly Vcpu Running => vcpu ?? throw new ObjectDisposedException(nameof(VcpuRunScope));

    /// <summary>Runs the guest until it needs something, or until somebody kicks (KVM_RUN).</summary>
    /// <remarks>
    /// An access to a device is finished by the next call, with the data that is then in the view of the exit
    /// before it; or earlier, when the vCPU's state is read or set. Allocates nothing.
    /// </remarks>
    /// <returns>A view that is good until the next call.</returns>
    /// <exception cref="KvmException">KVM_RUN failed with something else than an interruption.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed meanwhile.</exception>
    public readonly VcpuExit Run() => Running.RunOnce();

    /// <summary>Asks the next <see cref="Run"/> to return before it enters the guest.</summary>
    /// <remarks>
    /// It then only finishes the access of the exit before, and returns with
    /// <see cref="VcpuExit.IsInterrupted"/>, or with another exit where that access has a further part. After
    /// it, registers and memory are those between two instructions, as after
    /// <see cref="Vcpu.FinishAccess"/>, which needs no <see cref="Run"/>.
    /// </remarks>
    public readonly void FinishOnly() => Running.Kick();

    /// <summary>Ends the run. Gives the thread its signal mask back.</summary>
    public void Dispose()
    {
        vcpu?.EndRun(wasBlocked);
        vcpu = null;
    }
}
