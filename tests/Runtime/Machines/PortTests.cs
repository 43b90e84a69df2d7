using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Port I/O by a guest on the real KVM.</summary>
public class PortTests
{
    private const ushort Buffer = 0x4000;

    [SkippableFact]
    public void Out_anyWidth_isOneAccess()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(eax, 0x44332211);
            guest.@out(0x10, al);
            guest.@out(0x12, ax);
            guest.@out(0x14, eax);
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 11", "w 2 1122", "w 4 11223344"], machine.Device.Log);
    }

    [SkippableFact]
    public void In_anyWidth_givesTheDevicesBytes()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x10);
            guest.mov(__byte_ptr[Buffer], al);
            guest.@in(ax, 0x12);
            guest.mov(__word_ptr[Buffer + 1], ax);
            guest.@in(eax, 0x14);
            guest.mov(__dword_ptr[Buffer + 3], eax);
            guest.@in(ax, 0x80);
            guest.mov(__word_ptr[Buffer + 7], ax);
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["r 0 1", "r 2 2", "r 4 4"], machine.Device.Log);
        Assert.Equal("10" + "1112" + "13141516" + "ffff", Read(machine, 9));
        Assert.Equal(1, machine.Loop.Pio.UnclaimedReads);
    }

    [SkippableFact]
    public void RepOutsb_severalBytes_allGoToTheSamePortInOrder()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(si, Buffer);
            guest.mov(cx, 5);
            guest.mov(dx, 0x13);
            guest.rep.outsb();
            guest.hlt();
        });
        machine.Vm.Memory.Write(Buffer, [1, 2, 3, 4, 5]);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 3 01", "w 3 02", "w 3 03", "w 3 04", "w 3 05"], machine.Device.Log);
        Assert.Equal(0ul, machine.Vcpu.GetRegisters().rcx & 0xffff);
    }

    [SkippableFact]
    public void RepInsb_severalBytes_fillsMemoryInOrder()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(di, Buffer);
            guest.mov(cx, 5);
            guest.mov(dx, 0x13);
            guest.rep.insb();
            guest.hlt();
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(Enumerable.Repeat("r 3 1", 5), machine.Device.Log);
        Assert.Equal("1011121314" + "00", Read(machine, 6));
    }

    [SkippableFact]
    public void RepInsw_severalElements_comesAsOneExitAndFillsAll()
    {
        uint most = 0;
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(di, Buffer);
            guest.mov(cx, 4);
            guest.mov(dx, 0x13);
            guest.rep.insw();
            guest.hlt();
        });
        machine.Loop.On(KvmInterop.Native.KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit exit) =>
        {
            most = Math.Max(most, exit.Io.count);
            return ExitAction.Default;
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        // KVM reads ahead for "rep ins": this is the exit with a count above 1.
        Assert.Equal(4u, most);
        Assert.Equal(Enumerable.Repeat("r 3 2", 4), machine.Device.Log);
        Assert.Equal("1011121314151617" + "00", Read(machine, 9));
    }

    private static string Read(GuestMachine machine, int length)
    {
        byte[] bytes = new byte[length];
        machine.Vm.Memory.Read(Buffer, bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
