using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Examples;

/// <summary>The examples with several processors, devices and snapshots, on the real KVM.</summary>
public class MachineExampleTests
{
    private const string SwitchedOff = "The guest has switched itself off (power switch).\n";

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task MiniMachine_ticks_switchItOff(int cpus)
    {
        Requires.Kvm();
        string arrivals = string.Concat(Enumerable.Range(0, cpus).Select(cpu => $"CPU {cpu}\n"));

        Assert.Equal(
            new Outcome(0, $"{arrivals}.....\n{SwitchedOff}", ""),
            await ExampleProcess.Run("MiniMachine", "--ticks", "5", "--cpus", $"{cpus}"));
    }

    [SkippableFact]
    public async Task MiniMachine_keyboard_interruptsByTheIoApic()
    {
        Requires.Kvm();
        using ExampleProcess machine =
            ExampleProcess.Start("MiniMachine", "--device", "keyboard", "--cpus", "1");
        Assert.Equal("CPU 0", await machine.Output.ReadLineAsync());

        // The first must have been printed before the second is typed: then each had an interrupt.
        await machine.Input.WriteAsync("h");
        char[] echo = new char[1];
        Assert.Equal(1, await machine.Output.ReadAsync(echo));
        Assert.Equal('h', echo[0]);
        await machine.Input.WriteAsync("iq");

        Assert.Equal(new Outcome(0, $"iq\n{SwitchedOff}", ""), await machine.Finish());
    }

    [SkippableFact]
    public async Task MiniMachine_interrupted_endsInOrder()
    {
        Requires.Kvm();
        using ExampleProcess machine = ExampleProcess.Start("MiniMachine", "--ticks", "0");
        Assert.Equal("CPU 0", await machine.Output.ReadLineAsync());
        Assert.Equal("CPU 1", await machine.Output.ReadLineAsync());

        machine.Send(PosixSignal.SIGINT);
        Outcome outcome = await machine.Finish();

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Matches(@"^\.*$", outcome.Output);
    }

    [SkippableFact]
    public async Task MiniMachine_stats_nameItsDevices()
    {
        Requires.Kvm();

        Outcome outcome =
            await ExampleProcess.Run("MiniMachine", "--ticks", "3", "--device", "timer", "--stats");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("'timer' at 0x100-0x103", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("'keyboard'", outcome.Errors, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task TwoVcpus_rounds_alternate(int rounds)
    {
        Requires.Kvm();
        string expected = string.Concat(Enumerable.Repeat("vCPU 0: ping\nvCPU 1: pong\n", rounds));

        Assert.Equal(
            new Outcome(0, $"{expected}{2 * rounds} turns\n", ""),
            await ExampleProcess.Run("TwoVcpus", "--rounds", $"{rounds}"));
    }

    [SkippableFact]
    public async Task SnapshotFork_forks_answerRightAndCopyLittle()
    {
        Requires.Kvm();

        Outcome outcome =
            await ExampleProcess.Run("SnapshotFork", "--forks", "25", "--together", "10", "--memory", "256");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Match report = Regex.Match(
            outcome.Output,
            @"^warm after [\d.]+ ms\nsaved in [\d.]+ ms\n25 forks, all with the right answer: [\d.]+ ms "
            + @"each, 99 of 100 within [\d.]+ ms\neach has ([\d,]+) KiB of its own, of 256 MiB\n$");
        Assert.True(report.Success, outcome.Output);

        // The page with the request at least, and a few more; not the memory.
        int own = int.Parse(report.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture);
        Assert.InRange(own, 4, 64);
    }
}
