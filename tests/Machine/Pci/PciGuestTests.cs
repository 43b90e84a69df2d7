using Iced.Intel;
using KvmInterop.Machine.Pci;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Bus;
using KvmInterop.Tests.Runtime.Interrupts;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>PCI functions of a real guest.</summary>
public class PciGuestTests
{
    private const uint Function = 3 << 11;

    [SkippableFact]
    public void Guest_movesABaseAddress_readsTheDeviceThereAndMemoryWhereMemoryIs()
    {
        using GuestMachine machine = GuestMachine.ProtectedModeWithoutInterrupts(guest =>
        {
            WriteConfig(guest, 0x04, 2);
            foreach (uint address in (uint[])[0xe000_0000, 0xf000_0000, 0x0000_8000, 0xe000_0000])
            {
                WriteConfig(guest, 0x14, address);
                guest.mov(edx, 0xe000_0000);
                guest.mov(al, __byte_ptr[edx]);
                guest.@out(0x80, al);
                guest.mov(edx, 0xf000_0000);
                guest.mov(al, __byte_ptr[edx]);
                guest.@out(0x80, al);
                guest.mov(edx, 0x8000);
                guest.mov(al, __byte_ptr[edx]);
                guest.@out(0x80, al);
            }

            guest.hlt();
        });
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.ds.limit = uint.MaxValue;
        special.ds.g = 1;
        machine.Vcpu.SetSpecialRegisters(in special);
        PciFunction function = new(new PciIdentity(1, 2, 3));
        function.AddBar(
            1, PciBarKind.Memory32, 0x1000, BusDevice.FromDelegates((_, data) => data.Fill(0x44), null));
        PciBus bus = new(machine.Loop.Pio, machine.Loop.Mmio);
        bus.Add(3, function);
        machine.Loop.Pio.Register("pci", PciConfigPorts.FirstPort, PciConfigPorts.Size, new PciConfigPorts(bus));
        List<byte> seen = [];
        machine.Loop.Pio.Register("seen", 0x80, 1, BusDevice.FromDelegates(null, (_, data) => seen.Add(data[0])));
        machine.Vm.Memory.Write<byte>(0x8000, 0x55);

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());

        Assert.Equal(
            [
                0x44, 0xff, 0x55,
                0xff, 0x44, 0x55,
                0xff, 0xff, 0x55,
                0x44, 0xff, 0x55,
            ],
            seen);
    }

    [SkippableFact]
    public void Guest_takesAMessage_throughItsVectorsEntry()
    {
        const int Vector = 0x41;
        using InterruptMachine machine = new();
        machine.HandleApic(Vector);
        machine.EnableApic();
        PciFunction function = new(new PciIdentity(1, 2, 3));
        VmMessageSender sender = new(machine.Vm);
        Msix msix = function.AddMsix(4, 1, sender);
        PciMachine pci = new(function);
        pci.Write(0x14, 0xe000_0000);
        pci.Write(0x04, 2);
        pci.Mmio.Write(0xe000_0020, [0, 0, 0xe0, 0xfe, 0, 0, 0, 0]);
        pci.Mmio.Write(0xe000_0028, [Vector, 0, 0, 0, 0, 0, 0, 0]);
        pci.Write(0x40, 0x8000_0000);
        machine.OnReady = () => msix.Vectors[2].Signal();

        machine.RunUntilTaken(1);

        Assert.Equal([Vector], machine.Taken);
    }

    [SkippableFact]
    public void Message_toNobody_isDropped()
    {
        using InterruptMachine machine = new();
        VmMessageSender sender = new(machine.Vm);
        Random random = new(1);
        for (int i = 0; i < 1_000; i++)
        {
            sender.Send((ulong)random.NextInt64(), (uint)random.Next());
        }

        sender.Send(ulong.MaxValue, uint.MaxValue);
        sender.Send(0xff_fee0_0000, 0x41);
    }

    private static void WriteConfig(Assembler guest, int register, uint value)
    {
        guest.mov(dx, 0xcf8);
        guest.mov(eax, 0x8000_0000 | Function | (uint)register);
        guest.@out(dx, eax);
        guest.mov(dx, 0xcfc);
        guest.mov(eax, value);
        guest.@out(dx, eax);
    }
}
