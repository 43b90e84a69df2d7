using System.Diagnostics;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>Listeners that come when there were VMs already, in a process of their own.</summary>
public sealed class LateListenerTests
{
    [Fact]
    public async Task Meter_withoutAListener_isMadeWhenOneComes()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "KvmInterop.Tests.LateListener.dll");

        // The host of this process, whatever its name: the arm64 machine of tests/Arm64 has another than "dotnet".
        ProcessStartInfo start = new(Environment.ProcessPath!, [program]) { RedirectStandardOutput = true };

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(
            """
            loaded: False
            kvm.exits
            kvm.kicks
            kvm.unclaimed
            kvm.accesses
            kvm.memory
            kvm.vcpus.running
            activity: run

            """,
            output);
    }
}
