namespace KvmInterop.Tests.Lab;

/// <summary>What runs on a real kvm-amd.</summary>
public sealed class LabTests
{
    [SkippableFact]
    public void Machine_booted_hasKvmAndSvm()
    {
        ShellOutcome outcome = new LabScenario("boot").Run(
            "grep -o svm /proc/cpuinfo; [ -c /dev/kvm ] || exit 9; echo ends here", 300);

        Assert.True(outcome.ExitCode == 0, outcome.Output);
        Assert.Contains("svm", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("ends here", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void RuntimeTests_onKvmAmd_pass()
    {
        // A thousand VMs that leave nothing behind is nothing of the processor's, and takes minutes there.
        ShellOutcome outcome = new LabScenario("tests/Runtime on kvm-amd").Run(
            "dotnet runner/KvmInterop.Tests.LabRunner.dll x/KvmInterop.Tests.Runtime.dll -.CycleTests.",
            900,
            (OutputOf("tests/LabRunner"), "runner"), (OutputOf("tests/Runtime"), "x"));
        GuestResults results = new(outcome.Output, "kvm-amd");
        results.Save(Repository.PathOf("artifacts/tests/LabMachine/results.trx"));

        Assert.True(results.Summary.Length > 0, outcome.Output);
        Assert.Equal(results.Summary, results.Counted);
        Assert.Empty(results.Failed);
        Assert.Equal(0, outcome.ExitCode);

        // These are the ones that run nowhere else.
        Assert.DoesNotContain(
            results.Skipped, name => name.Contains(".HardwareTests.", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void GuestTests_onKvmAmd_pass() => RunGuests("guests on kvm-amd", "-.SoakTests.", 1200);

    [SkippableFact]
    public void GuestSoak_onKvmAmd_passes()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("KVMINTEROP_SOAK") is null,
            "guests that run for five minutes are asked for by ./build.sh lab --soak");
        RunGuests("soak on kvm-amd", ".SoakTests.", 1200);
    }

    private static void RunGuests(string name, string words, int seconds)
    {
        if (LabMachine.Get().Machine is not null)
        {
            LabMachine.PublishLinuxVm();
        }

        LabScenario scenario = new(name);
        ShellOutcome outcome = scenario.Run(
            "KVMINTEROP_SOAK=1 KVMINTEROP_GUEST=/app/guest KVMINTEROP_LINUXVM=/app/linuxvm dotnet "
                + $"runner/KvmInterop.Tests.LabRunner.dll x/KvmInterop.Tests.Guests.dll {words}",
            seconds,
            (OutputOf("tests/LabRunner"), "runner"), (OutputOf("tests/Guests"), "x"),
            (LabMachine.Guest, "guest"), (LabMachine.LinuxVm, "linuxvm"));
        scenario.AddParts(outcome.Output);
        GuestResults results = new(outcome.Output, "kvm-amd");
        results.Save(Repository.PathOf($"artifacts/tests/{(words.StartsWith('-') ? "LabGuests" : "LabSoak")}/results.trx"));

        Assert.True(results.Summary.Length > 0, outcome.Output);
        Assert.Equal(results.Summary, results.Counted);
        Assert.Empty(results.Failed);
        Assert.Empty(results.Skipped);
        Assert.Equal(0, outcome.ExitCode);
    }

    // The build of the same configuration and framework as this one.
    private static string OutputOf(string project)
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Repository.PathOf($"{project}/bin/{parts[^2]}/{parts[^1]}");
    }
}
