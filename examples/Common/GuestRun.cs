using System.Net.Sockets;
using KvmInterop.Machine;

namespace KvmInterop.Examples;

/// <summary>Runs a guest to its end: by itself, or with <c>--gdb PORT</c> under a debugger.</summary>
public static class GuestRun
{
    /// <summary><see cref="RunLoop.Run"/>; under a debugger on a thread of its own.</summary>
    public static VcpuStop Run(ExampleOptions options, Vm vm, RunLoop loop, CancellationToken token)
    {
        if (options.GdbPort is null)
        {
            return loop.Run(token);
        }

        using VcpuGroup group = new(loop);
        using IDisposable? debugger = Start(options, vm, group, token);
        return group.Wait(CancellationToken.None).Stop; // The token ends the group, and then the wait.
    }

    /// <summary>Starts all vCPUs; under a debugger when it has come.</summary>
    /// <returns>The debugger's server, to be disposed before the vCPUs; null without one.</returns>
    /// <exception cref="ExampleException">The port is in use.</exception>
    public static IDisposable? Start(
        ExampleOptions options, Vm vm, VcpuGroup group, CancellationToken token) =>
        Start(options, vm, group, group.Start, token);

    /// <summary>As the other one, for a machine that starts its group itself.</summary>
    /// <param name="options">Of the command line.</param>
    /// <param name="vm">Its VM.</param>
    /// <param name="group">Its vCPUs.</param>
    /// <param name="start">Starts them; the token ends them.</param>
    /// <param name="token">Ends them.</param>
    /// <inheritdoc cref="Start(ExampleOptions, Vm, VcpuGroup, CancellationToken)"/>
    public static IDisposable? Start(
        ExampleOptions options, Vm vm, VcpuGroup group, Action<CancellationToken> start, CancellationToken token)
    {
        if (options.GdbPort is not int port)
        {
            start(token);
            return null;
        }

        // Paused from the start until the debugger holds it: it sees the first instruction.
        GdbServer server = Listen(new VmGdbTarget(group, vm.Memory), port);
        using VcpuPause untilAttached = group.RequestPause();
        try
        {
            start(token);
            Console.Error.WriteLine($"waiting for GDB: target remote :{port}");
            server.Attached.WaitAsync(token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Ctrl-C, which ends the group as well.
        }
        catch
        {
            server.Dispose();
            throw;
        }

        return server;
    }

    private static GdbServer Listen(VmGdbTarget target, int port)
    {
        try
        {
            return GdbServer.Listen(target, port);
        }
        catch (SocketException e)
        {
            throw new ExampleException(
                $"GDB cannot be waited for on port {port} ({e.SocketErrorCode}); give --gdb another port");
        }
    }
}
