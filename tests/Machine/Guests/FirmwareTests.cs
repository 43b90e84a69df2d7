using KvmInterop.Machine.Machines;
using KvmInterop.Tests.Machine.Virtio.Block;

namespace KvmInterop.Tests.Machine.Guests;

/// <summary>Firmware that nobody here wrote, on this machine's own KVM.</summary>
public class FirmwareTests
{
    private const string Prompt = "=> ";

    [SkippableTheory]
    [InlineData("/usr/lib/u-boot/qemu-x86/u-boot.rom")]
    [InlineData("/usr/lib/u-boot/qemu-x86_64/u-boot.rom")]
    public void UBoot_dialogueAtItsShell_endsWithItsReset(string rom)
    {
        using FirmwareMachine machine = new(rom, "u-boot-qemu");
        machine.Start();

        machine.Expect("Hit any key to stop autoboot");
        machine.Type(" ");
        machine.Expect(Prompt);
        Assert.Contains("0x8086     0x1237     Bridge device", Ask("pci 0"));
        Assert.StartsWith("01000000: 12345678 ", Ask("mw.l 1000000 12345678; md.l 1000000 1"), StringComparison.Ordinal);
        Assert.Equal("two words", Ask("setenv a two; setenv b words; echo $a $b").Trim());
        machine.Type("reset\r");

        Assert.IsType<MachineOutcome.Reset>(machine.Wait());

        string Ask(string command)
        {
            machine.Type(command + "\r");
            string answer = machine.Expect(Prompt);
            return answer[(answer.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        }
    }

    [SkippableFact]
    public void UBoot_savedAtItsShell_goesOnInAnotherMachine()
    {
        string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;
        try
        {
            string saved = Path.Combine(folder, "saved");
            using (FirmwareMachine machine = new("/usr/lib/u-boot/qemu-x86/u-boot.rom", "u-boot-qemu"))
            {
                machine.Start();
                machine.Expect("Hit any key to stop autoboot");
                machine.Type(" ");
                machine.Expect(Prompt);
                machine.Type("setenv kept over; setenv the snapshot\r");
                machine.Expect(Prompt);

                // Half of a line is typed, so that the UART and the shell are both in the middle of it.
                machine.Type("echo $kept $t");
                machine.Expect("echo $kept");
                machine.Save(saved);
            }

            using FirmwareMachine restored = new(saved);
            restored.Start();
            restored.Type("he\r");
            restored.Expect("over snapshot\r\n");
            restored.Expect(Prompt);
            restored.Type("reset\r");

            Assert.IsType<MachineOutcome.Reset>(restored.Wait());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SkippableFact]
    public void SeaBios_withoutDisks_saysSo()
    {
        using FirmwareMachine machine = new("/usr/share/seabios/bios.bin", "seabios");
        machine.Start();

        machine.Expect("No bootable device.");
        machine.Stop();

        Assert.IsType<MachineOutcome.Stopped>(machine.Wait());
        Assert.StartsWith("SeaBIOS (version ", machine.Debug.All, StringComparison.Ordinal);
        Assert.Contains("Found 1 cpu(s) max supported 1 cpu(s)", machine.Debug.All, StringComparison.Ordinal);
        Assert.Contains("No bootable device.", machine.Debug.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void SeaBios_withAFloppy_bootsItAndServesScreenAndKeyboard()
    {
        using FirmwareMachine machine = new("/usr/share/seabios/bios.bin", "seabios", BootSector.Floppy());
        machine.Start();

        machine.Expect("Booting from Floppy...");
        machine.Expect(BootSector.Greeting);
        machine.Type("k");

        MachineOutcome end = machine.Wait();
        Assert.Equal(('k' << 1) | 1, Assert.IsType<MachineOutcome.GuestExit>(end).Status);
    }

    [SkippableFact]
    public void SeaBios_withAVirtioDiskOnPci_bootsIt()
    {
        using TemporaryFile disk = new(BootSector.Floppy());
        using FirmwareMachine machine = new("/usr/share/seabios/bios.bin", "seabios", disk: disk.Path);
        machine.Start();

        machine.Expect("Booting from Hard Disk...");
        machine.Expect(BootSector.Greeting);
        machine.Type("d");

        MachineOutcome end = machine.Wait();
        Assert.Equal(('d' << 1) | 1, Assert.IsType<MachineOutcome.GuestExit>(end).Status);
        Assert.Contains("found virtio-blk at 00:01.0", machine.Debug.All, StringComparison.Ordinal);
    }
}
