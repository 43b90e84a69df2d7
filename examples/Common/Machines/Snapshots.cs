using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Machines;

/// <summary>
/// <c>--snapshot</c>: saves the machine when SIGUSR1 or Ctrl-A s asks for it; the machine goes on afterwards.
/// </summary>
public sealed class Snapshots : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10; // SIGUSR1 on x86 and arm64: signal(7).

    private readonly Lock gate = new();
    private readonly CancellationTokenSource ended = new();
    private readonly string folder;
    private readonly VirtualMachine machine;
    private readonly PosixSignalRegistration signal;

    private Snapshots(string folder, VirtualMachine machine)
    {
        this.folder = folder;
        this.machine = machine;
        signal = PosixSignalRegistration.Create(User1, context =>
        {
            context.Cancel = true; // Not the end of the process.
            Save();
        });
    }

    /// <summary>Begins to wait for it, if the command line says where to.</summary>
    public static Snapshots? Start(ParseResult options, VirtualMachine machine) =>
        options.GetValue(MachineOptions.Snapshot) is string folder ? new Snapshots(folder, machine) : null;

    /// <summary>Saves on a thread of its own: who asks need not wait.</summary>
    public void Request() => new Thread(Save) { IsBackground = true, Name = "snapshot" }.Start();

    public void Dispose()
    {
        signal.Dispose();
        ended.Cancel();
        lock (gate)
        {
            ended.Dispose();
        }
    }

    private void Save()
    {
        lock (gate)
        {
            try
            {
                ulong bytes = 0;
                machine.Save(folder, new SnapshotOptions { Progress = Show }, ended.Token);
                Clear();
                Example.Complain($"the snapshot {folder} is written ({bytes >> 20} MiB of memory)");

                void Show(SnapshotProgress progress)
                {
                    bytes = progress.Total;
                    if (!Console.IsErrorRedirected)
                    {
                        Console.Error.Write($"\rsnapshot: {progress.Done * 100 / Math.Max(progress.Total, 1)} %");
                    }
                }
            }
            catch (Exception e) when (e is StateException or IOException or UnauthorizedAccessException
                or KvmException or NotSupportedException)
            {
                Clear();
                Example.Complain($"no snapshot: {e.Message}");
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                // The machine has ended meanwhile.
            }
        }
    }

    private static void Clear()
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\r\e[K");
        }
    }
}
