namespace KvmInterop.Tests.Guests;

/// <summary>Where virtio devices are, and by what they interrupt.</summary>
/// <remarks>Disks and cables of the other tests are on PCI, as nothing else is said.</remarks>
public sealed class BusTests : IDisposable
{
    private const int HalfSize = 4 << 20;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-bus-").FullName;

    private string Image => Path.Combine(folder, "disk");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData("PCI, MSI-X", "", "PCI-MSI", "msix")]
    [InlineData("PCI, pin", "pci=nomsi", "IO-APIC", "")]
    [InlineData("MMIO", "", "IO-APIC", "", "--virtio", "mmio")]
    public void Disk_onABus_isWrittenAndInterruptsAsThatBusDoes(
        string name, string kernelOption, string chip, string message, params string[] options)
    {
        Scenario scenario = new($"disk on {name}");
        scenario.Run(() =>
        {
            Host.MakeFileSystem(Image);
            using VmProcess vm = LinuxVm.Start(
                $"console=ttyS0 quiet panic=-1 {kernelOption} -- tell_disk", ["--disk", Image, .. options]);
            vm.WaitFor("guest: flushed ", LinuxVm.Patience);
            string sum = vm.ReadLine(LinuxVm.Patience);
            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));

            Assert.Equal(0, Host.Check(Image));
            Assert.Equal(sum, Host.SumOf(Image, "/data"));
            string[] interrupts = Told(vm, "interrupt");
            Assert.NotEmpty(interrupts);
            Assert.All(interrupts, line => Assert.Contains(chip, line, StringComparison.Ordinal));
            Assert.Equal(
                message.Length == 0 ? [] : Enumerable.Repeat($"guest: message {message}", interrupts.Length),
                Told(vm, "message"));
            scenario.Note(ExitTable.Tell(vm));
        });
    }

    [SkippableFact]
    public void Machine_savedWithADiskOnPci_goesOnWritingInAnother()
    {
        Scenario scenario = new("snapshot and restore, disk on PCI");
        scenario.Run(() =>
        {
            string saved = Path.Combine(folder, Path.GetRandomFileName());
            File.WriteAllBytes(Image, new byte[2 * HalfSize]);
            using VmProcess first = LinuxVm.Boot("halves", "--disk", Image, "--snapshot", saved);
            first.WaitFor("guest: half\n", LinuxVm.Patience);
            first.Signal("USR1");
            WaitForSnapshot(first);
            first.Signal("KILL");
            first.WaitForExit(LinuxVm.Patience);
            Assert.False(HasSecondHalf());

            using VmProcess other = LinuxVm.Restore(saved, "--disk", Image, "--virtio", "mmio");
            Assert.Equal(2, other.WaitForExit(LinuxVm.Patience));
            Assert.Contains("the saved machine has its devices on pci", other.Errors, StringComparison.Ordinal);

            using VmProcess second = LinuxVm.Restore(saved, "--disk", Image);
            second.Type("whole");
            second.WaitFor("guest: whole ", LinuxVm.Patience);
            string sum = second.ReadLine(LinuxVm.Patience);
            Assert.Equal(0, second.WaitForExit(LinuxVm.Patience));
            Assert.Equal(Host.SumOf(Image), sum);
            Assert.True(HasSecondHalf());
            scenario.Note(ExitTable.Tell(second));
        });
    }

    private bool HasSecondHalf() => File.ReadAllBytes(Image).AsSpan(HalfSize).ContainsAnyExcept((byte)0);

    private static string[] Told(VmProcess vm, string what) => [.. vm.Output.Split('\n').Where(
        line => line.StartsWith($"guest: {what} ", StringComparison.Ordinal))];

    private static void WaitForSnapshot(VmProcess vm)
    {
        bool written = SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(50);
                return vm.Errors.Contains(" is written", StringComparison.Ordinal);
            },
            LinuxVm.Patience);
        if (!written)
        {
            throw new StalledException($"the snapshot is not written:\n{vm}");
        }
    }
}
