using KvmInterop.Tests.Runtime.Bus;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>Guest writes that signal an eventfd in the kernel.</summary>
public class IoEventFdTests
{
    private const byte Bell = 0x40;
    private const int Rings = 1_000;

    [SkippableFact]
    public void Pio_matchingData_signalsWithoutAnExit()
    {
        using GuestMachine machine = Ringing();
        RecordingDevice device = new();
        machine.Loop.Pio.Register("bell", Bell, 1, device);
        using IoEventFd bell = machine.Vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 1, dataMatch: 7);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 08"], device.Log);
        Assert.True(bell.EventFd.TryTake(out ulong count));
        Assert.Equal((ulong)Rings, count);
    }

    [SkippableFact]
    public void Pio_otherWidth_isAnExit()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(Bell, al);
            guest.@out(Bell, ax);
            guest.@out(Bell, eax);
            guest.hlt();
        });
        RecordingDevice device = new();
        machine.Loop.Pio.Register("bell", Bell, 4, device);
        using IoEventFd bell = machine.Vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 2);

        machine.Loop.Run();

        Assert.Equal(2, device.Log.Count);
        Assert.True(bell.EventFd.TryTake(out ulong count));
        Assert.Equal(1ul, count);
    }

    [SkippableFact]
    public void Mmio_anyLength_signalsAndIsGoneAfterDispose()
    {
        const ushort Offset = 0x100;
        using GuestMachine machine = GuestMachine.RealMode(
            guest =>
            {
                guest.mov(__byte_ptr[Offset], al);
                guest.mov(__word_ptr[Offset], ax);
                guest.mov(__dword_ptr[Offset], eax);
                guest.hlt();
                guest.mov(__byte_ptr[Offset], al);
                guest.hlt();
            },
            dataSegment: 0x2000);
        IoEventFd bell = machine.Vm.CreateIoEventFd(
            IoEventSpace.Mmio, GuestMachine.MmioAddress + Offset);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Empty(machine.Device.Log);
        Assert.True(bell.EventFd.TryTake(out ulong count));
        bell.Dispose();
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(3ul, count);
        Assert.Equal(["w 100 00"], machine.Device.Log);
    }

    [SkippableFact]
    public void Bell_servedByAnEventLoop_wakesTheDevice()
    {
        using GuestMachine machine = Ringing();
        using EventLoop loop = new();
        using EventFd shared = new();
        using IoEventFd bell = machine.Vm.CreateIoEventFd(
            IoEventSpace.Pio, Bell, 1, dataMatch: 7, shared);
        using IoEventFd other = machine.Vm.CreateIoEventFd(
            IoEventSpace.Pio, Bell, 1, dataMatch: 8, shared);
        long rings = 0;
        loop.Add(shared, count => Interlocked.Add(ref rings, (long)count));
        Task run = loop.Start("bell");

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.True(SpinWait.SpinUntil(
            () => Interlocked.Read(ref rings) == Rings + 1, TimeSpan.FromSeconds(60)));
        loop.Stop();
        Assert.True(run.Wait(TimeSpan.FromSeconds(60)));
    }

    [SkippableFact]
    public void Create_whatCannotBe_isRefusedWithTheReason()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());
        Vm vm = machine.Vm;
        using IoEventFd bell = vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 1, dataMatch: 7);

        KvmException twice = Assert.Throws<KvmException>(
            () => vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 1, dataMatch: 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CreateIoEventFd(IoEventSpace.Pio, 0xffff, 2));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => vm.CreateIoEventFd(IoEventSpace.Mmio, ulong.MaxValue, 8));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => vm.CreateIoEventFd(IoEventSpace.Pio, Bell, 1, dataMatch: 0x100));
        Assert.Throws<ArgumentException>(() => vm.CreateIoEventFd(IoEventSpace.Pio, Bell, dataMatch: 1));

        Assert.Equal(("KVM_IOEVENTFD", "EEXIST"), (twice.Operation, twice.ErrnoName));
        Assert.Contains("remove it first", twice.Message, StringComparison.Ordinal);
    }

    // Rings 1,000 times with 7 and once with 8.
    private static GuestMachine Ringing() => GuestMachine.RealMode(guest =>
    {
        Iced.Intel.Label again = guest.CreateLabel();
        guest.mov(cx, Rings);
        guest.mov(al, 7);
        guest.Label(ref again);
        guest.@out(Bell, al);
        guest.loop(again);
        guest.mov(al, 8);
        guest.@out(Bell, al);
        guest.hlt();
    });
}
