namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Short forms for tests that run vCPUs on threads of their own.</summary>
internal static class VcpuGroups
{
    // Only so that a lost kick fails a test instead of hanging it; nothing is measured by it.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static VcpuGroup Started(params ReadOnlySpan<RunLoop> loops)
    {
        VcpuGroup group = new(loops);
        group.Start();
        return group;
    }

    /// <summary>Why the group ended.</summary>
    public static async Task<VcpuStop> EndAsync(this VcpuGroup group) =>
        (await group.Completion.WaitAsync(Patience)).Stop;

    /// <summary>Waits for what another thread is about to do.</summary>
    public static void Await(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, Patience), what);
}
