using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Examples;

/// <summary><c>--gdb PORT</c> of the examples, with a real GDB.</summary>
public class GdbOptionTests
{
    [SkippableFact]
    public async Task Gdb_portGiven_waitsForTheDebuggerBeforeTheFirstInstruction()
    {
        Requires.Kvm();
        string gdb = Requires.Tool("gdb");
        int port = FreePort();
        using ExampleProcess example =
            ExampleProcess.Start("CounterVm", "--count", "3", "--gdb", $"{port}");

        // GDB tries again until the example listens.
        ProcessStartInfo start = new(
            gdb,
            [
                "-nx", "-batch", "-ex", "set tcp connect-timeout 60",
                "-ex", $"target remote 127.0.0.1:{port}",
                "-ex", "info registers rip", "-ex", "stepi", "-ex", "info registers rip", "-ex", "continue",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process debugger = Process.Start(start)!;
        Task<string> complaints = debugger.StandardError.ReadToEndAsync();
        string seen = await debugger.StandardOutput.ReadToEndAsync();
        await debugger.WaitForExitAsync();

        // From the first instruction over it, which is xor ax, ax: two bytes.
        Assert.True(
            Regex.IsMatch(seen, "rip +0x0 .*rip +0x2 ", RegexOptions.Singleline), seen + await complaints);
        Assert.Contains("exited normally", seen, StringComparison.Ordinal);
        Assert.Equal(
            new Outcome(
                0,
                "IO port: 10, data: 0\nIO port: 10, data: 1\nIO port: 10, data: 2\n",
                $"waiting for GDB: target remote :{port}\n"),
            await example.Finish());
    }

    [SkippableFact]
    public async Task Gdb_portInUse_isOneSentence()
    {
        Requires.Kvm();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.Equal(
            new Outcome(
                2, "",
                $"HelloVm: GDB cannot be waited for on port {port} (AddressAlreadyInUse); "
                + "give --gdb another port\n"),
            await ExampleProcess.Run("HelloVm", "--gdb", $"{port}"));
    }

    [SkippableFact]
    public async Task Gdb_interruptedBeforeTheDebuggerCame_endsInOrder()
    {
        Requires.Kvm();
        int port = FreePort();
        using ExampleProcess example = ExampleProcess.Start("CounterVm", "--gdb", $"{port}");
        Assert.Equal($"waiting for GDB: target remote :{port}", await example.ReadErrorLineAsync());

        example.Send(System.Runtime.InteropServices.PosixSignal.SIGINT);

        Assert.Equal(new Outcome(0, "", ""), await example.Finish());
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
