using System.Globalization;

namespace KvmInterop.Tests.Arm64;

/// <summary>An emulated arm64 machine with KVM: each command boots it anew.</summary>
internal sealed class Arm64Machine(string runner, string setUp)
{
    // What the runner returns when the machine went away without saying how the command ended.
    private const int NoExitCode = 125;
    private const int DefaultSeconds = 400; // The runtime's tests take some 100 on two idle cores.

    /// <summary>The folder with its kernel and the packages that it was made of.</summary>
    public string SetUp => setUp;

    /// <summary>Runs a command in the machine, where the folder's files are in <c>/app/x</c>.</summary>
    /// <remarks>
    /// An emulated machine stalls now and then on a busy host, which says nothing of what ran in it: one that
    /// did not come to its end is started a second time.
    /// </remarks>
    /// <param name="folder">Copied there.</param>
    /// <param name="command">For the shell of busybox, in <c>/app</c>.</param>
    /// <param name="seconds">The deadline of each try.</param>
    /// <param name="processors">How many the machine has.</param>
    public ShellOutcome Run(string folder, string command, int seconds = DefaultSeconds, int processors = 1)
    {
        ShellOutcome outcome = RunOnce(folder, command, seconds, processors);
        return outcome.ExitCode is NoExitCode or Shell.TimedOut
            ? RunOnce(folder, command, seconds, processors)
            : outcome;
    }

    private ShellOutcome RunOnce(string folder, string command, int seconds, int processors) => Shell.Run(
        $"'{runner}' '{setUp}' '{folder}' \"$COMMAND\"",
        TimeSpan.FromSeconds(seconds + 20),
        ("COMMAND", command), ("TMO", seconds.ToString(CultureInfo.InvariantCulture)),
        ("SMP", processors.ToString(CultureInfo.InvariantCulture)));
}
