namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>A thread of its own for a run, as vCPUs should have, with its result as a task.</summary>
internal sealed class VcpuThread : IDisposable
{
    private readonly TaskCompletionSource<VcpuStop> result =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread thread;

    public VcpuThread(Func<VcpuStop> run)
    {
        thread = new Thread(() =>
        {
            try
            {
                result.SetResult(run());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        { IsBackground = true };
        thread.Start();
    }

    public Task<VcpuStop> Result => result.Task;

    public void Dispose()
    {
        // Of a run that a failed test left, the process's end takes the thread.
        if (result.Task.IsCompleted)
        {
            thread.Join();
        }
    }
}
