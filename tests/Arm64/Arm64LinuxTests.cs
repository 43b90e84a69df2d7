namespace KvmInterop.Tests.Arm64;

/// <summary>tests/Arm64Guests, which boots Debian's kernel by examples/Arm64Linux, in the emulated machine.</summary>
public sealed class Arm64LinuxTests : IDisposable
{
    private const int Seconds = 600; // Some 200 on two idle cores.
    private const int Processors = 2; // One for the guest, one for who looks after it.

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-arm64-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void GuestTests_onArm64_pass() => RunGuests(".Arm64GuestTests. .GdbTests.", "Arm64MachineGuests");

    [SkippableFact]
    public void GuestDevices_onArm64_pass() => RunGuests(".Devices. .RequestTests. -.BalloonTests.", "Arm64MachineDevices");

    [SkippableFact]
    public void GuestConsoles_onArm64_pass()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("KVMINTEROP_ARM64_CONSOLES") is null,
            "arm64 guests with 1 and 4 vCPUs, a login and a balloon are asked for by "
            + "KVMINTEROP_ARM64_CONSOLES=1 dotnet test tests/Arm64 --filter FullyQualifiedName~GuestConsoles");
        RunGuests(".UserTests. .BalloonTests.", "Arm64MachineConsoles");
    }

    // One boot of the machine for all.
    private void RunGuests(string words, string name)
    {
        Arm64Machine machine = Arm64Kit.Require();
        Requires.Tool("aarch64-linux-gnu-gcc");
        Copy("tests/Arm64Guests", ".");
        Copy("tests/LabRunner", "runner");
        Copy("examples/Arm64Linux", "vm");
        Copy("tests/Arm64Runner", "vm");
        MakeGuest(machine.SetUp);

        ShellOutcome outcome = machine.Run(
            folder,
            $"""
            mkdir -p /sbin /dev/pts; cp x/tools/e2fsck /sbin/; mount -t devpts devpts /dev/pts
            ip link set lo up; export PATH=$PATH:/app/x/tools
            dn x/runner/KvmInterop.Tests.LabRunner.dll x/KvmInterop.Tests.Arm64Guests.dll {words}
            """,
            Seconds,
            Processors);
        Assert.Empty(GuestResults.Judge(outcome, "arm64", name).Skipped);
    }

    private void Copy(string project, string to)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, to)).FullName;
        foreach (string file in Directory.GetFiles(Built.OutputOf(project)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        }
    }

    // The file system is made here and checked there.
    private void MakeGuest(string machine)
    {
        string scripts = Repository.PathOf("tests/guest-lab");
        string tools = Path.Combine(machine, "tools-arm64");
        ShellOutcome outcome = Shell.Run(
            $"""
            set -e; cd '{folder}'; mkdir -p guest tools
            '{scripts}/guest-arm64.sh' '{machine}' guest
            '{scripts}/tools-arm64.sh' '{machine}' '{tools}'
            cp -r '{tools}/e2fsck' '{tools}/gdb' '{tools}/script' '{tools}/lib' tools/
            PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 guest/disk 16M
            """,
            TimeSpan.FromMinutes(8));
        Assert.True(outcome.ExitCode == 0, outcome.Output);
    }
}
