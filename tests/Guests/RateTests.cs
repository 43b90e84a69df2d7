using KvmInterop.Tests.Guests.Speed;

namespace KvmInterop.Tests.Guests;

/// <summary>What a disk's requests take, counted: interrupts, and exits to LinuxVm.</summary>
public sealed class RateTests : IDisposable
{
    private const int Requests = 400;
    private const int AtATime = 16;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-rate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Disk_onPci_takesOneInterruptForManyRequestsAndNoExit()
    {
        Scenario scenario = new("disk: requests, interrupts and exits");
        scenario.Run(() =>
        {
            string disk = Path.Combine(folder, "disk");
            File.WriteAllBytes(disk, new byte[1 << 20]);
            using VmProcess vm = LinuxVm.Boot(
                $"rate_disk read:random:4096:{Requests}:1 write:random:4096:{Requests}:{AtATime}",
                "--virtio", "pci", "--disk", disk);
            Sample alone = Sample.Take(vm);
            Sample together = Sample.Take(vm);

            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            scenario.Note($"interrupts {alone.Interrupts} and {together.Interrupts} for {Requests} each");
            scenario.Note(ExitTable.Tell(vm));
            Assert.Equal((Requests, Requests), (alone.Operations, together.Operations));
            Assert.InRange(alone.Interrupts, 1, Requests);

            // Those that wait together are served before the guest is interrupted, by the event index.
            Assert.InRange(together.Interrupts, 1, Requests / 2);

            // Bells and messages stay in the kernel: what comes as an exit is the set-up, and less than one for
            // each request.
            Assert.InRange(ExitTable.Of(vm).GetValueOrDefault("KVM_EXIT_MMIO"), 0, Requests);
        });
    }
}
