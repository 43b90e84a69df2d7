using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Pci;
using KvmInterop.Machine.Virtio.Rng;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>Virtio devices of a whole machine on the real KVM, found and driven by a guest.</summary>
public sealed class PcVirtioTests : IDisposable
{
    private const byte Filling = 0x5a;

    // The bus puts pin A of devices 1 and 3 on the second of its two interrupts.
    private const uint PinOfOddDevices = 11;

    private static readonly PcMachineOptions Small = new() { MemorySize = 4 << 20, HasDebugExit = true };

    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("kvminterop-").FullName, "saved");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Guest_findsTheDeviceOnPci_isServedAndInterrupted(bool usesMessages)
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small);
        AddRngs(machine, 3);
        machine.Pci!.Find(1)!.Config[PciRegisters.DeviceId] = 0x45; // Only the third is one that it looks for.
        machine.Pci.Find(2)!.Config[PciRegisters.DeviceId] = 0x45;
        RngGuest.Load(machine, requests: 1, usesMessages, PinOfOddDevices);
        machine.Start();

        Assert.Equal(9, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);

        // Two base addresses of 16 and 4 KiB for each device, in the window that ACPI tells of.
        Assert.Equal(0x8000_1800u, machine.Memory.Read<uint>(RngGuest.Found));
        Assert.Equal(0xc001_0000u, machine.Memory.Read<uint>(RngGuest.Found + 4));
        Assert.Equal(0xc001_4000u, machine.Memory.Read<uint>(RngGuest.Found + 8));
        Assert.Equal(1u, machine.Memory.Read<uint>(RngGuest.Interrupts));
        byte[] bytes = new byte[RngGuest.BytesOfRequest];
        machine.Memory.Read(RngGuest.Buffer, bytes);
        Assert.All(bytes, each => Assert.Equal(Filling, each));
    }

    [SkippableFact]
    public void Guest_onAMachineWithDevicesBehindMemory_findsNoneOnPci()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small with { VirtioBus = VirtioBus.Mmio });
        AddRngs(machine, 1);
        RngGuest.Load(machine, requests: 1);
        machine.Start();

        Assert.Equal(3, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bell_ofTheGuest_isNoExit(bool usesMessages)
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small);
        AddRngs(machine, 3);
        RngGuest.Load(machine, requests: 1, usesMessages, PinOfOddDevices);
        List<ulong> written = [];
        machine.Loops[0].On(Native.KvmExitReason.KVM_EXIT_MMIO, (scoped in VcpuExit exit) =>
        {
            written.Add(exit.Mmio.phys_addr);
            return ExitAction.Default;
        });
        machine.Start();

        Assert.Equal(9, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);
        Assert.Contains(0xc000_0014ul, written);
        Assert.DoesNotContain(0xc000_3000ul, written);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Restored_machine_goesOnWithItsDeviceAndItsInterrupt(bool usesMessages)
    {
        using Kvm kvm = OpenKvm();
        using (PcMachine machine = new(kvm, Small with { SerialOutput = new FirstCharacter(out Task asked) }))
        {
            AddRngs(machine, 1);
            RngGuest.Load(machine, requests: 2, usesMessages, PinOfOddDevices);
            machine.Start();
            Assert.True(asked.Wait(TimeSpan.FromSeconds(120)));
            machine.Save(folder);
            Assert.Equal(1u, machine.Memory.Read<uint>(RngGuest.Interrupts));
        }

        PcSnapshot saved = PcSnapshot.Open(folder);
        Assert.Equal(VirtioBus.Pci, saved.Options.VirtioBus);
        using PcMachine restored = new(kvm, saved, saved.Options);
        AddRngs(restored, 1);
        restored.Start();
        restored.Serial.Receive("x"u8);

        Assert.Equal(9, Assert.IsType<MachineOutcome.GuestExit>(restored.Wait()).Status);
        Assert.Equal(2u, restored.Memory.Read<uint>(RngGuest.Interrupts));
        Assert.Equal(Filling, restored.Memory.Read<byte>(RngGuest.Buffer + (2 * RngGuest.BytesOfRequest) - 1));
    }

    [SkippableTheory]
    [InlineData(VirtioBus.Pci, VirtioBus.Mmio)]
    [InlineData(VirtioBus.Mmio, VirtioBus.Pci)]
    public void Restore_withTheOtherBus_isRefusedWithASentence(VirtioBus saved, VirtioBus asked)
    {
        using Kvm kvm = OpenKvm();
        using (PcMachine machine = new(kvm, Small with { VirtioBus = saved }))
        {
            AddRngs(machine, 1);
            machine.Save(folder);
        }

        PcSnapshot snapshot = PcSnapshot.Open(folder);

        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => new PcMachine(kvm, snapshot, snapshot.Options with { VirtioBus = asked }));
        Assert.Contains(
            $"has its virtio devices on {saved}, and the options have them on {asked}", refusal.Message,
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(VirtioBus.Pci, 31)]
    [InlineData(VirtioBus.Mmio, 13)]
    public void Devices_thatFit_areAddedAndOneMoreIsRefused(VirtioBus bus, int most)
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small with { VirtioBus = bus });
        Assert.Equal(most, machine.MostVirtioDevices);
        AddRngs(machine, most);

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => AddRngs(machine, 1));
        Assert.Contains($"at most {most} virtio devices", refusal.Message, StringComparison.Ordinal);

        RngGuest.Load(machine, requests: 1);
        machine.Start();
        Assert.Equal(bus == VirtioBus.Pci ? 9 : 3, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);
    }

    [SkippableFact]
    public void Device_withoutAPciBus_isRefusedWithASentence()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small with { HasPci = false });

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => AddRngs(machine, 1));
        Assert.Contains("no PCI bus", refusal.Message, StringComparison.Ordinal);
    }

    private static void AddRngs(PcMachine machine, int count)
    {
        for (int i = 0; i < count; i++)
        {
            machine.AddVirtio(new VirtioRng(machine.Memory, machine.Events, bytes => bytes.Fill(Filling)));
        }
    }

    private static Kvm OpenKvm()
    {
        // The guest returns from interrupts in 32-bit mode, which KVM's own emulator of instructions does not do
        // (em_iret in arch/x86/kvm/emulate.c is for real mode).
        Requires.HardwareVirtualization();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        return Kvm.Open();
    }

    private sealed class FirstCharacter : IByteOutput
    {
        private readonly TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public FirstCharacter(out Task task) => task = seen.Task;

        public void Write(ReadOnlySpan<byte> data) => seen.TrySetResult();
    }
}
