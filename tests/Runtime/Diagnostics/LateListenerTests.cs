using System.Diagnostics;
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>Listeners that come when there were VMs already, in a process of their own.</summary>
public sealed class LateListenerTests
{
    [Fact]
    public async Task Meter_withoutAListener_isMadeWhenOneComes() => Assert.Equal(
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
        await Run("meters"));

    [Fact]
    public async Task EventSource_withoutAListener_isNotMadeAtOnce() =>
        Assert.Equal("source: False\n", await Run("nobody"));

    [Fact]
    public async Task EventSource_withoutAListener_isMadeByTheFirstEventAfterAWhile() =>
        Assert.Equal("source: True\n", await Run("nobody, for a while"));

    [Fact]
    public async Task Listener_thatComesAfterTheFirstEvents_hearsAllFromThenOn() =>
        Assert.Equal("OperationBegins run\nOperationEnded run\n", await Run("listener"));

    [Fact]
    public async Task Trace_askedForByTheEnvironment_hasTheFirstEvents()
    {
        string file = Path.GetTempFileName();
        try
        {
            ProcessStartInfo start = Start("nobody");
            start.Environment["DOTNET_EnableEventPipe"] = "1";
            start.Environment["DOTNET_EventPipeConfig"] = $"{KvmMeter.Name}:2:4";
            start.Environment["DOTNET_EventPipeOutputPath"] = file;
            await Run(start);

            Assert.True(TraceText.IsIn(await File.ReadAllBytesAsync(file), "create VM"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Tool_thatAttaches_seesWhatComesThen()
    {
        ProcessStartInfo start = Start("tool");
        start.Environment["DOTNET_EnableDiagnostics"] = "1"; // Off in the guest lab's machine.
        using Process process = Process.Start(start)!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        await Task.Delay((int)KvmEvents.Patience); // Nobody attaches to a process as young as that.

        DiagnosticsClient client = new(process.Id);
        using MemoryStream trace = new();
        using (EventPipeSession session = await client.StartEventPipeSessionAsync(
            [new EventPipeProvider(KvmMeter.Name, EventLevel.Informational, -1)],
            requestRundown: false, circularBufferMB: 1, CancellationToken.None))
        {
            Task reading = session.EventStream.CopyToAsync(trace);
            await process.StandardInput.WriteLineAsync();
            Assert.Equal("done", await process.StandardOutput.ReadLineAsync());
            await session.StopAsync(CancellationToken.None);
            await reading;
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.True(TraceText.IsIn(trace.ToArray(), "run"));
        Assert.False(TraceText.IsIn(trace.ToArray(), "create VM"));
    }

    private static Task<string> Run(string who) => Run(Start(who));

    private static async Task<string> Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    // The host of this process, whatever its name: the arm64 machine of tests/Arm64 has another than "dotnet".
    private static ProcessStartInfo Start(string who) => new(
        Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "KvmInterop.Tests.LateListener.dll"), who])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    };
}
