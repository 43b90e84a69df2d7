namespace KvmInterop.Tests.Arm64;

/// <summary>The same assembly on a real arm64 kernel, whose /dev/kvm is the kernel's own.</summary>
public sealed class Arm64Tests
{
    [SkippableFact]
    public void Arm64Hello_onArm64_saysTenStepsAndHello()
    {
        Arm64Machine machine = Arm64Kit.Require();

        ShellOutcome outcome = machine.Run(Built.OutputOf("examples/Arm64Hello"), "dn /app/x/Arm64Hello.dll");

        string[] lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.True(outcome.ExitCode == 0 && lines.Length == 11, outcome.Output);
        Assert.All(Enumerable.Range(1, 10), step =>
            Assert.StartsWith($"[{step}] ", lines[step - 1], StringComparison.Ordinal));
        Assert.Equal("[9] Set vCPU PC, it is 0x10000", lines[8]);
        Assert.Equal("Hello", lines[10]);
    }

    [SkippableFact]
    public void RuntimeTests_onArm64_pass()
    {
        Arm64Machine machine = Arm64Kit.Require();

        ShellOutcome outcome = machine.Run(
            Built.OutputOf("tests/Runtime"), "dn /app/xrun/xrun.dll /app/x/KvmInterop.Tests.Runtime.dll");
        GuestResults results = GuestResults.Judge(outcome, "arm64", "Arm64Machine");

        // These are the ones that run nowhere else.
        Assert.DoesNotContain(results.Skipped, name => name.Contains(".Arm64.", StringComparison.Ordinal));
    }
}
