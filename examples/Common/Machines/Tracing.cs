using System.CommandLine;
using KvmInterop.Native;

namespace KvmInterop.Examples.Machines;

/// <summary><c>--trace</c>: each exit of each vCPU as a line, in a file.</summary>
public sealed class Tracing : IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter writer;

    private Tracing(StreamWriter writer) => this.writer = writer;

    /// <summary>Begins, if the command line asks for it; to be called before the run.</summary>
    public static Tracing? Start(ParseResult options, IReadOnlyList<RunLoop> loops)
    {
        if (options.GetValue(MachineOptions.Trace) is not string path)
        {
            return null;
        }

        Tracing trace = new(Open(path));
        foreach (RunLoop loop in loops)
        {
            uint id = loop.Vcpu.Id;
            for (int reason = 0; reason < ExitCounters.Reasons; reason++)
            {
                loop.On((KvmExitReason)reason, (scoped in VcpuExit exit) => trace.Note(id, in exit));
            }
        }

        return trace;
    }

    public void Dispose()
    {
        lock (gate)
        {
            writer.Dispose();
        }
    }

    private ExitAction Note(uint id, scoped in VcpuExit exit)
    {
        string line = $"{id} {exit.Describe()}";
        lock (gate)
        {
            writer.WriteLine(line);
        }

        return ExitAction.Default; // As without a trace.
    }

    private static StreamWriter Open(string path)
    {
        try
        {
            return new StreamWriter(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ExampleException($"--trace {path}: {e.Message.TrimEnd('.')}");
        }
    }
}
