namespace KvmInterop.Tests.Arm64;

/// <summary>Debian's kernel as a guest of examples/Arm64Linux, in the emulated machine.</summary>
public sealed class Arm64LinuxTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-arm64-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Arm64Linux_withDebiansKernel_usesAllItsDevices()
    {
        Arm64Machine machine = Arm64Kit.Require();
        Copy("examples/Arm64Linux");
        Copy("tests/Arm64Runner");
        GuestFiles.Make(machine.SetUp, folder);

        // A PL011's driver throws away up to 32 characters that came before it.
        const string Type = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do echo word; done";
        ShellOutcome outcome = machine.Run(
            folder,
            $"""
            {Type} | dn x/KvmInterop.Tests.Arm64Runner.dll x/Arm64Linux.dll --cpus 2 \
                --kernel x/{GuestFiles.Kernel} --initrd x/{GuestFiles.Initrd} --disk x/{GuestFiles.Disk} --rng \
                --append "console=ttyAMA0 panic=-1"
            echo "EXIT $?"
            echo "SECTOR $(dd if=x/{GuestFiles.Disk} bs=512 skip=1 count=1 2>/dev/null | head -n 1)"
            """);

        string[] lines = outcome.Output.Split('\n');
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        Assert.All(
            [
                "USERSPACE aarch64 cpus 2", $"DISK {GuestFiles.FromHost}", "RANDOM 16", "READ word", "EXIT 0",
                $"SECTOR {GuestFiles.FromGuest}",
            ],
            line => Assert.True(lines.Contains(line), $"no \"{line}\" in:\n{outcome.Output}"));
        Assert.Contains(
            "rtc-pl031 9010000.rtc: setting system clock", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(
            "the guest switched the machine off (PSCI)", outcome.Output, StringComparison.Ordinal);
    }

    private void Copy(string project)
    {
        foreach (string file in Directory.GetFiles(Built.OutputOf(project)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }
}
