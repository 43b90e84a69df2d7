using System.Diagnostics;
using System.Globalization;

namespace KvmInterop.Tests.Lab;

/// <summary>One thing that is run in the lab, and its line in artifacts/lab/scenarios.txt.</summary>
/// <param name="name">What the table calls it.</param>
internal sealed class LabScenario(string name)
{
    // What boot.sh returns when the machine went away without saying how the command ended.
    private const int NoExitCode = 125;

    private static readonly Lock Gate = new();
    private static readonly SortedDictionary<string, string> Table = new(StringComparer.Ordinal);

    /// <summary>Runs a command in the machine; skips the running test where there is no lab.</summary>
    /// <remarks>
    /// An emulated machine stalls now and then on a busy host, which says nothing of what ran in it: one that
    /// did not come to its end is started a second time, and the table says so.
    /// </remarks>
    /// <param name="command">For the shell of the machine, in <c>/app</c>.</param>
    /// <param name="seconds">The deadline of each try.</param>
    /// <param name="folders">What is there besides, by the names under <c>/app</c>.</param>
    public ShellOutcome Run(string command, int seconds, params (string Folder, string Name)[] folders)
    {
        (string? reason, LabMachine? machine) = LabMachine.Get();
        if (machine is null)
        {
            Write($"skipped, {reason}", TimeSpan.Zero);
            Skip.If(true, reason);
        }

        Tell("begins");
        long begun = Stopwatch.GetTimestamp();
        ShellOutcome outcome = machine!.Run(command, seconds, folders);
        string tries = "";
        if (outcome.ExitCode is NoExitCode or Shell.TimedOut)
        {
            tries = $", second try (the first {Reason(outcome)})";
            Tell(tries[2..]);
            outcome = machine.Run(command, seconds, folders);
        }

        string result = outcome.ExitCode == 0 ? "passed" : $"failed, {Reason(outcome)}";
        Write(result + tries, Stopwatch.GetElapsedTime(begun));
        Tell(result);
        return outcome;
    }

    /// <summary>Adds the lines of what ran inside, <c>SCENARIO name|seconds|result|exits</c>.</summary>
    public void AddParts(string output)
    {
        foreach (string line in output.Split('\n'))
        {
            const string Mark = "SCENARIO ";
            if (line.StartsWith(Mark, StringComparison.Ordinal)
                && line[Mark.Length..].Split('|') is [var part, var seconds, var result, var exits])
            {
                Write($"{name}: {part}", seconds, exits.Length > 0 ? $"{result}; {exits}" : result);
            }
        }
    }

    private static string Reason(ShellOutcome outcome) => outcome.ExitCode switch
    {
        Shell.TimedOut => "stalled or came to its deadline",
        NoExitCode => "went away",
        _ => $"ended with {outcome.ExitCode}",
    };

    private void Tell(string what) => File.AppendAllText(LabMachine.Output, $"LAB {name}: {what}\n");

    private void Write(string result, TimeSpan time) =>
        Write(name, time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture), result);

    private static void Write(string line, string seconds, string result)
    {
        lock (Gate)
        {
            Table[line] = $"{line,-58} {seconds,8} s  {result}";
            Directory.CreateDirectory(Repository.PathOf("artifacts/lab"));
            File.WriteAllLines(Repository.PathOf("artifacts/lab/scenarios.txt"), Table.Values);
        }
    }
}
