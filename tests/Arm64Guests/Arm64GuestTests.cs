using KvmInterop.Tests.Guests;

namespace KvmInterop.Tests.Arm64Guests;

/// <summary>Debian's kernel as a guest of examples/Arm64Linux, from power-on to each of its ends.</summary>
public sealed class Arm64GuestTests : IDisposable
{
    // What the guest's shell computes; some seconds.
    private const int Steps = 40_000;
    private const int Reset = 3;
    private const int Panic = 4;

    private static readonly TimeSpan Patience = Arm64Linux.Patience;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-arm64-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Kernel_withTwoProcessors_comesToAShellAndUsesItsDevices()
    {
        Scenario scenario = new("arm64: shell, clock, random numbers, power-off");
        scenario.Run(() =>
        {
            using VmProcess vm = Arm64Linux.Boot("shell", "--cpus", "2", "--rng");
            vm.WaitFor("guest: 2 processors, shell\n", Patience);
            vm.WaitFor("# ", Patience);
            vm.Type("echo $((6 * 7)) is the answer");
            vm.WaitFor("\n42 is the answer\n", Patience);
            vm.Type("for m in virtio_ring virtio virtio_mmio virtio-rng; do insmod /modules/$m.ko; done");
            vm.Type("dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c; dmesg | grep pl031");
            vm.WaitFor("\n16\n", Patience);
            vm.WaitFor("rtc-pl031 9010000.rtc: setting system clock", Patience);
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(Patience));
            Assert.EndsWith("the guest switched the machine off (PSCI)\n", vm.Errors, StringComparison.Ordinal);
        });
    }

    [SkippableFact]
    public void FileSystem_writtenByAGuestThatRestarts_isSoundAndReadByOneThatPanics()
    {
        Scenario scenario = new("arm64: disk written, reboot, fsck, read, panic");
        scenario.Run(() =>
        {
            string disk = Path.Combine(folder, "disk");
            File.Copy(GuestFiles.Disk, disk, overwrite: true);
            using (VmProcess writer = Arm64Linux.BootToEnd("restart", "write_disk", "--disk", disk))
            {
                writer.WaitFor("guest: flushed ", Patience);
                writer.WaitFor("guest: disk written\n", Patience);
                Assert.True(writer.WaitForExit(Patience) == Reset, $"{writer}");
                Assert.EndsWith("the guest reset the machine (PSCI)\n", writer.Errors, StringComparison.Ordinal);
            }

            Assert.Equal(0, Host.Check(disk));
            byte[] before = File.ReadAllBytes(disk);
            string changes = Path.Combine(folder, "changes");
            File.Delete(changes);
            using VmProcess reader =
                Arm64Linux.BootToEnd("crash", "read_disk", "--disk", $"{disk},overlay={changes}");
            reader.WaitFor("data: OK\nguest: disk read\n", Patience);
            Assert.True(reader.WaitForExit(Patience) == Panic, $"{reader}");
            Assert.Contains("the guest's kernel panicked: sysrq", reader.Errors, StringComparison.Ordinal);
            Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(disk)), "the overlay's disk was changed");
        });
    }

    [SkippableFact]
    public void Guests_onOneCable_pingAndCopyAFile()
    {
        Scenario scenario = new("arm64: two guests, ping and a file");
        scenario.Run(() =>
        {
            string cable = $"socket={Path.Combine(folder, Path.GetRandomFileName())}";
            using VmProcess receiver = Arm64Linux.Boot("serve", "--net", cable);
            receiver.WaitFor("guest: serves\n", Patience);
            using VmProcess sender = Arm64Linux.Boot("send", "--net", cable);
            sender.WaitFor("guest: pings\n", Patience);
            sender.WaitFor("guest: sends ", Patience);
            string sum = sender.ReadLine(Patience);
            receiver.WaitFor("guest: got ", Patience);

            Assert.Equal(sum, receiver.ReadLine(Patience));
            Assert.Equal(0, sender.WaitForExit(Patience));
            Assert.Equal(0, receiver.WaitForExit(Patience));
        });
    }

    [SkippableFact]
    public void Machine_savedWhileItsGuestComputes_comesToTheSameResult()
    {
        Scenario scenario = new("arm64: snapshot and restore, 2 vCPUs");
        scenario.Run(() =>
        {
            string saved = Path.Combine(folder, Path.GetRandomFileName());
            using VmProcess first = Arm64Linux.Boot(
                $"compute {Steps}", "--cpus", "2", "--rng", "--snapshot", saved);
            first.WaitFor("guest: computes\n", Patience);
            first.Signal("USR1");
            first.WaitFor($"guest: result {Computation.After(Steps)}\n", Patience);
            Assert.Equal(0, first.WaitForExit(Patience));
            Assert.Contains($"the snapshot {saved} is written", first.Errors, StringComparison.Ordinal);

            // Other devices than it had are told apart before anything runs.
            using VmProcess other = Arm64Linux.Run("--restore", saved);
            Assert.Equal(2, other.WaitForExit(Patience));
            Assert.Contains("give it the same", other.Errors, StringComparison.Ordinal);

            using VmProcess second = Arm64Linux.Run("--restore", saved, "--rng");
            second.WaitFor($"guest: result {Computation.After(Steps)}\n", Patience);
            Assert.Equal(0, second.WaitForExit(Patience));
            Assert.DoesNotContain("guest: computes", second.Output, StringComparison.Ordinal);
        });
    }
}
