using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Memory-mapped devices under a guest on the real KVM.</summary>
public class MmioTests
{
    private const int Buffer = 0x4000;
    private const long Registers = (long)GuestMachine.MmioAddress;

    [SkippableFact]
    public void Write_of1248Bytes_isOneAccessEach()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(rax, 0x8877665544332211);
            guest.mov(__byte_ptr[Registers], al);
            guest.mov(__word_ptr[Registers + 2], ax);
            guest.mov(__dword_ptr[Registers + 4], eax);
            guest.mov(__qword_ptr[Registers + 8], rax);
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 11", "w 2 1122", "w 4 11223344", "w 8 1122334455667788"], machine.Device.Log);
    }

    [SkippableFact]
    public void Read_of1248Bytes_givesTheDevicesBytes()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(al, __byte_ptr[Registers]);
            guest.mov(__byte_ptr[Buffer], al);
            guest.mov(ax, __word_ptr[Registers + 2]);
            guest.mov(__word_ptr[Buffer + 1], ax);
            guest.mov(eax, __dword_ptr[Registers + 4]);
            guest.mov(__dword_ptr[Buffer + 3], eax);
            guest.mov(rax, __qword_ptr[Registers + 8]);
            guest.mov(__qword_ptr[Buffer + 7], rax);
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["r 0 1", "r 2 2", "r 4 4", "r 8 8"], machine.Device.Log);
        Assert.Equal("10" + "1112" + "13141516" + "1718191a1b1c1d1e", Read(machine, 15));
    }

    [SkippableFact]
    public void Access_acrossTheDevicesEnd_isCutThere()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(rax, 0x8877665544332211);
            guest.mov(__qword_ptr[0x30004], rax);
            guest.mov(rax, __qword_ptr[0x30004]);
            guest.mov(__qword_ptr[Buffer], rax);
            guest.hlt();
        });
        machine.Loop.Mmio.Register("short", 0x30000, 6, machine.Device);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 4 1122", "r 4 2"], machine.Device.Log);
        Assert.Equal("1011ffffffffffff", Read(machine, 8));
    }

    [SkippableFact]
    public void Access_unclaimed_readsOnesAndDrops()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(__dword_ptr[0x30000], eax);
            guest.mov(eax, __dword_ptr[0x30000]);
            guest.mov(__dword_ptr[Buffer], eax);
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal("ffffffff", Read(machine, 4));
        Assert.Equal((1, 1), (machine.Loop.Mmio.UnclaimedReads, machine.Loop.Mmio.UnclaimedWrites));
    }

    [SkippableFact]
    public void Write_acrossAPage_losesNoByte()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(eax, 0x44332211);
            guest.mov(__dword_ptr[Registers + 0xffe], eax);
            guest.hlt();
        });
        machine.Loop.Mmio.Register("next", GuestMachine.MmioAddress + 0x1000, 0x1000, machine.Device);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        // KVM cuts at the page: two exits, here to two ranges.
        Assert.Equal(["w ffe 1122", "w 0 3344"], machine.Device.Log);
    }

    [SkippableFact]
    public void AddMemory_underAnAddress_makesItMemory()
    {
        static void WriteTwice(Assembler guest)
        {
            guest.mov(al, 1);
            guest.mov(__byte_ptr[0x40000], al);
            guest.hlt();
            guest.mov(al, 2);
            guest.mov(__byte_ptr[0x40000], al);
            guest.hlt();
            guest.mov(al, 3);
            guest.mov(__byte_ptr[0x40000], al);
            guest.hlt();
        }

        using GuestMachine machine = GuestMachine.LongMode(WriteTwice);
        machine.Loop.Mmio.Register("shadowed", 0x40000, 1, machine.Device);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        GuestMemoryRegion region = machine.Vm.AddMemory(0x40000, 0x10000);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        byte inMemory = machine.Vm.Memory.Read<byte>(0x40000);
        machine.Vm.Memory.Remove(region);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(2, inMemory);
        Assert.Equal(["w 0 01", "w 0 03"], machine.Device.Log);
        Assert.Equal(1, region.Slot);
        Assert.Equal(1, machine.Vm.AddMemory(0x80000, 0x1000).Slot); // The freed number again.
    }

    private static string Read(GuestMachine machine, int length)
    {
        byte[] bytes = new byte[length];
        machine.Vm.Memory.Read(Buffer, bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
