namespace KvmInterop;

/// <summary>
/// All vCPUs of a <see cref="VcpuGroup"/> are kept out of their runs, until this is disposed.
/// </summary>
/// <remarks>For any thread; it need not be the one that paused.</remarks>
public sealed class VcpuPause : IDisposable
{
    private readonly VcpuGroup group;
    private int disposed;

    internal VcpuPause(VcpuGroup group) => this.group = group;

    /// <summary>
    /// Waits until all vCPUs are parked with nothing half-way: needed after
    /// <see cref="VcpuGroup.RequestPause"/> only.
    /// </summary>
    /// <param name="token">Ends the wait, not the pause.</param>
    /// <exception cref="InvalidOperationException">Called from inside of a run of a vCPU of the group.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">This pause has ended.</exception>
    public void Wait(CancellationToken token = default)
    {
        CheckNotEnded();
        group.AwaitParked(token);
    }

    /// <summary>
    /// Lets one vCPU run while the others stay parked, and comes back when it has stopped and is parked again
    /// or has ended: a debugger's single step.
    /// </summary>
    /// <remarks>
    /// Its stop goes to the stop handler, as any. If that decides <see cref="VcpuStopDecision.Resume"/> the
    /// vCPU runs on alone; if it decides to park, the vCPU needs <see cref="VcpuThread.Resume"/> before it
    /// goes on after this pause. It runs also when it is parked already. While others hold a pause too, it
    /// waits until they have ended theirs.
    /// </remarks>
    /// <param name="thread">One of the group.</param>
    /// <param name="token">Brings it back.</param>
    /// <returns>The stop; <see cref="VcpuStop.Requested"/> if the token, the group's end or the end of this
    /// pause brought it back.</returns>
    /// <exception cref="ArgumentException">It is of another group.</exception>
    /// <exception cref="InvalidOperationException">It has ended or is not started, another runs alone
    /// already, or this was called from inside of a run.</exception>
    /// <exception cref="ObjectDisposedException">This pause has ended.</exception>
    public VcpuStop RunAlone(VcpuThread thread, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(thread);
        CheckNotEnded();
        return group.RunAlone(this, thread, token);
    }

    /// <summary>Ends the pause; with the last one, the vCPUs go on.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            group.EndPause(this);
        }
    }

    private void CheckNotEnded() => ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, this);
}
