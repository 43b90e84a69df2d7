namespace KvmInterop.Tests.Lab;

/// <summary>What runs on a real kvm-amd.</summary>
public sealed class LabTests
{
    // What messages of failed tests call the machine.
    private const string Kvm = "kvm-amd";

    // How many rounds are measured.
    private const string SpeedVariable = "KVMINTEROP_SPEED";

    // What the bench is told there.
    private const string BenchVariable = "KVMINTEROP_BENCH";

    // What has a VM in it; the rest is measured without this machine.
    private static readonly string[] BenchFigures =
    [
        "exit round trip", "KVM_", "create, run", "64 MiB", "exit decoded", "dirty log", "snapshot",
        "scale: small", "scale: vcpus", "scale: irqfds",
    ];

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
        GuestResults results = GuestResults.Judge(outcome, Kvm, "LabMachine");

        // These are the ones that run nowhere else.
        Assert.DoesNotContain(
            results.Skipped, name => name.Contains(".HardwareTests.", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void PcTests_onKvmAmd_pass()
    {
        ShellOutcome outcome = new LabScenario("PCs of tests/Machine on kvm-amd").Run(
            "dotnet runner/KvmInterop.Tests.LabRunner.dll x/KvmInterop.Tests.Machine.dll "
                + ".PcVirtioTests. .PcSnapshotTests. .PcMachineTests. .BiosServicesTests. .StopReportTests.",
            600,
            (OutputOf("tests/LabRunner"), "runner"), (OutputOf("tests/Machine"), "x"));
        Assert.Empty(GuestResults.Judge(outcome, Kvm, "LabPcs").Skipped);
    }

    [SkippableFact]
    public void GuestTests_onKvmAmd_pass() => RunGuests(
        "guests on kvm-amd", "-.SoakTests. -.SpeedTests. -.Devices.", "LabGuests", 1800, isNative: false,
        LabMachine.Get().Machine is null ? [] : [(LabMachine.MakeKernels(), "kernels")]);

    [SkippableFact]
    public void GuestDevices_onKvmAmd_pass() => RunGuests("devices on kvm-amd", ".Devices.", "LabDevices", 1200);

    [SkippableFact]
    public void GuestSoak_onKvmAmd_passes()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("KVMINTEROP_SOAK") is null,
            "guests that run for five minutes are asked for by ./build.sh lab --soak");
        RunGuests("soak on kvm-amd", ".SoakTests.", "LabSoak", 1200);
    }

    [SkippableFact]
    public void GuestSpeed_onKvmAmd_isMeasured()
    {
        string? rounds = Environment.GetEnvironmentVariable(SpeedVariable);
        Skip.If(rounds is null, "guests are measured beside QEMU's, for a quarter of an hour, by ./build.sh lab --speed");
        ShellOutcome outcome = RunGuests(
            "speed on kvm-amd", ".SpeedTests.", "LabSpeed", 7200, isNative: true, (LabMachine.MakeQemu(), "qemu"));

        const string Mark = "SPEED ";
        string[] lines = [.. outcome.Output.Split('\n')
            .Where(line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(line => line[Mark.Length..])];
        File.WriteAllLines(Repository.PathOf("artifacts/lab/speed.md"), lines);
        Assert.NotEmpty(lines);
    }

    [SkippableFact]
    public void Bench_onKvmAmd_isMeasured()
    {
        string? options = Environment.GetEnvironmentVariable(BenchVariable);
        Skip.If(options is null, "the bench runs on kvm-amd, for half an hour, by ./build.sh lab --bench");
        if (!options.Contains("--only", StringComparison.Ordinal))
        {
            options += string.Concat(BenchFigures.Select(name => $" --only \"{name}\""));
        }

        string reports = Repository.PathOf("artifacts/lab/bench");
        Directory.CreateDirectory(reports);
        string loops = LabMachine.Get().Machine is null ? "" : LabMachine.MakeLoops(OutputOf("tests/Benchmarks"));

        // Code is compiled once and for good: an emulated processor takes longer to compile it anew than the bench
        // waits for that.
        ShellOutcome outcome = new LabScenario("bench on kvm-amd").Run(
            "export DOTNET_ROOT=/dotnet KVMINTEROP_LOOPS=/app/loops/loops DOTNET_TieredCompilation=0; "
                + $"x/KvmInterop.Tests.Benchmarks {options} --output /tmp/bench; code=$?; cd /tmp/bench && "
                + "for file in *; do echo \"FILE $file\"; cat $file; echo; echo FILE; done; exit $code",
            7200, (OutputOf("tests/Benchmarks"), "x"), (loops, "loops"));
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        string[] parts = outcome.Output.Split("\nFILE");
        foreach (string part in parts.Where(part => part.StartsWith(' ')))
        {
            int end = part.IndexOf('\n', StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(reports, part[1..end]), part[(end + 1)..]);
        }

        Assert.True(File.Exists(Path.Combine(reports, "bench.md")), outcome.Output);
    }

    private static ShellOutcome RunGuests(
        string name, string words, string results, int seconds, bool isNative = false,
        params (string Folder, string Name)[] folders)
    {
        string linuxVm = LabMachine.Get().Machine is null ? "" : LabMachine.PublishLinuxVm(isNative);
        LabScenario scenario = new(name);
        ShellOutcome outcome = scenario.Run(
            $"KVMINTEROP_SOAK=1 {SpeedVariable}={Environment.GetEnvironmentVariable(SpeedVariable)} "
                + "KVMINTEROP_QEMU=/app/qemu/qemu KVMINTEROP_GUEST=/app/guest KVMINTEROP_LINUXVM=/app/linuxvm "
                + "KVMINTEROP_KERNELS=/app/kernels "
                + $"dotnet runner/KvmInterop.Tests.LabRunner.dll x/KvmInterop.Tests.Guests.dll {words}",
            seconds,
            [
                (OutputOf("tests/LabRunner"), "runner"), (OutputOf("tests/Guests"), "x"),
                (LabMachine.Guest, "guest"), (linuxVm, "linuxvm"), .. folders,
            ]);
        scenario.AddParts(outcome.Output);
        Assert.Empty(GuestResults.Judge(outcome, Kvm, results).Skipped);
        return outcome;
    }

    // The build of the same configuration and framework as this one.
    private static string OutputOf(string project)
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Repository.PathOf($"{project}/bin/{parts[^2]}/{parts[^1]}");
    }
}
