namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>What the process has, as the kernel counts it.</summary>
/// <param name="Files">Open file descriptors.</param>
/// <param name="Mappings">Lines of <c>/proc/self/maps</c>.</param>
/// <param name="Threads">All threads, those of .NET included.</param>
/// <param name="VcpuThreads">Those that are named as threads of vCPUs are.</param>
internal readonly record struct ProcessCounts(int Files, int Mappings, int Threads, int VcpuThreads)
{
    /// <summary>Counts after a collection, so that nothing waits for its finalizer.</summary>
    public static ProcessCounts Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        string[] threads = [.. Directory.EnumerateDirectories("/proc/self/task").Select(NameOf)];
        return new ProcessCounts(
            Directory.EnumerateFiles("/proc/self/fd").Count(),
            Runtime.Mappings.Count(),
            threads.Length,
            threads.Count(name => name.StartsWith("vCPU ", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Fails if there is more than before, beyond what .NET itself may have made meanwhile.
    /// </summary>
    /// <param name="cycles">How many times something may have been left behind. A cycle that forgets a
    /// mapping or a thread each time leaves that many, and .NET makes a few, for memory and code of its own.</param>
    public static void AssertNoMore(ProcessCounts before, int cycles, string what)
    {
        // Sockets and pipes of the test host come and go.
        const int FewFiles = 4;
        ProcessCounts now = Now();
        int few = cycles / 4;
        Assert.True(
            now.Files - before.Files < FewFiles && now.Mappings - before.Mappings < few
                && now.Threads - before.Threads < few && now.VcpuThreads == 0,
            $"{cycles} cycles {what}: {before} became {now}");
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return ""; // It has just ended.
        }
    }
}
