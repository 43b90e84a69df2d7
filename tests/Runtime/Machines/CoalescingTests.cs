using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Bus;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Writes that the real KVM keeps back in its ring.</summary>
public class CoalescingTests
{
    private const long Registers = (long)GuestMachine.MmioAddress;

    // (4096 - 8) / 24 places, of which one stays free.
    private const int RingRoom = 169;

    [SkippableFact]
    public void Writes_toAnMmioRange_makeNoExitAndArriveFirst()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(rax, 0x8877665544332211);
            guest.mov(__byte_ptr[Registers], al);
            guest.mov(__dword_ptr[Registers + 4], eax);
            guest.mov(__qword_ptr[Registers + 8], rax);
            guest.@out(0x10, al);
            guest.hlt();
        });
        using CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[0]);

        List<KvmExitReason> exits = RunAndList(machine);

        Assert.Equal([KvmExitReason.KVM_EXIT_IO, KvmExitReason.KVM_EXIT_HLT], exits);
        Assert.Equal(["w 0 11", "w 4 11223344", "w 8 1122334455667788", "w 0 11"], machine.Device.Log);
    }

    [SkippableFact]
    public void Writes_toPorts_makeNoExitAndArriveBeforeARead()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(ax, 0x2211);
            guest.@out(0x10, al);
            guest.@out(0x12, ax);
            guest.@in(al, 0x14);
            guest.hlt();
        });
        using CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Pio.Ranges[0]);

        List<KvmExitReason> exits = RunAndList(machine);

        Assert.Equal([KvmExitReason.KVM_EXIT_IO, KvmExitReason.KVM_EXIT_HLT], exits);
        Assert.Equal(["w 0 11", "w 2 1122", "r 4 1"], machine.Device.Log);
    }

    [SkippableFact]
    public void Writes_moreThanTheRingHas_loseNoneAndKeepOrder()
    {
        const int Writes = 1_000;
        SequenceDevice device = new();
        using GuestMachine machine = CountingGuest(Writes, device);
        using CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[1]);

        List<KvmExitReason> exits = RunAndList(machine);

        Assert.Null(device.Problem);
        Assert.Equal((uint)Writes, device.Next);

        // With a full ring the write itself is an exit: each 170th. Before 6.12 the kernel took a ring whose
        // numbers had wrapped round for full too early, at some 85.
        int expected = Writes / (RingRoom + 1);
        Assert.InRange(
            exits.Count(reason => reason == KvmExitReason.KVM_EXIT_MMIO), expected, 2 * (expected + 1));
    }

    [SkippableFact]
    public void Dispose_ofARange_makesExitsAgain()
    {
        const int Writes = 10;
        SequenceDevice device = new();
        using GuestMachine machine = CountingGuest(Writes, device);
        CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[1]);
        coalesced.Dispose();
        coalesced.Dispose();

        List<KvmExitReason> exits = RunAndList(machine);

        Assert.Equal(Writes, exits.Count(reason => reason == KvmExitReason.KVM_EXIT_MMIO));
        machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[1]).Dispose();
    }

    [SkippableFact]
    public void Stop_ofAGuestThatMakesNoExit_deliversWhatItWrote()
    {
        using GuestMachine machine = EndlessAfterOneWrite();
        using CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[0]);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        WaitForTheGuest(machine);

        machine.Loop.Stop();

        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Equal(["w 0 11"], machine.Device.Log);
    }

    [SkippableFact]
    public void Deliver_whileTheGuestRuns_needsNoExit()
    {
        using GuestMachine machine = EndlessAfterOneWrite();
        using CoalescedRange coalesced = machine.Vm.Coalesce(machine.Loop.Mmio.Ranges[0]);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        WaitForTheGuest(machine);

        machine.Vcpu.DeliverCoalescedWrites();

        Assert.Equal(["w 0 11"], machine.Device.Log);
        machine.Loop.Stop();
        group.Wait();
        Assert.Single(machine.Device.Log);
    }

    [SkippableFact]
    public void Deliver_fromInsideTheDevice_deliversNothingTwice()
    {
        SequenceDevice device = new();
        using GuestMachine machine = CountingGuest(5, device);
        BusRange range = machine.Loop.Mmio.Ranges[1];
        machine.Loop.Mmio.Replace(range, BusDevice.FromDelegates(null, (offset, data) =>
        {
            machine.Vcpu.DeliverCoalescedWrites();
            device.Write(offset, data);
        }));
        using CoalescedRange coalesced = machine.Vm.Coalesce(range);

        machine.Loop.Run();

        Assert.Null(device.Problem);
        Assert.Equal(5u, device.Next);
    }

    [SkippableFact]
    public void Device_thatThrows_losesNoLaterWrite()
    {
        SequenceDevice device = new();
        bool thrown = false;
        using GuestMachine machine = CountingGuest(5, device);
        BusRange range = machine.Loop.Mmio.Ranges[1];
        machine.Loop.Mmio.Replace(range, BusDevice.FromDelegates(null, (offset, data) =>
        {
            device.Write(offset, data);
            if (!thrown)
            {
                thrown = true;
                throw new InvalidTimeZoneException("of the device");
            }
        }));
        using CoalescedRange coalesced = machine.Vm.Coalesce(range);

        Assert.Throws<InvalidTimeZoneException>(() => machine.Loop.Run());
        machine.Vcpu.DeliverCoalescedWrites();

        Assert.Null(device.Problem);
        Assert.Equal(5u, device.Next);
    }

    [SkippableFact]
    public void Coalesce_twice_isRefusedByName()
    {
        using GuestMachine machine = EndlessAfterOneWrite();
        BusRange range = machine.Loop.Mmio.Ranges[0];
        using CoalescedRange coalesced = machine.Vm.Coalesce(range);

        Exception e = Assert.Throws<InvalidOperationException>(() => machine.Vm.Coalesce(range));

        Assert.StartsWith("'recorder' at 0x20000-0x20fff is coalesced already", e.Message);
        Assert.Same(range, coalesced.Range);
    }

    [SkippableFact]
    public void Coalesce_whatCannotBe_isRefused()
    {
        using GuestMachine machine = EndlessAfterOneWrite();
        BusRange range = machine.Loop.Mmio.Ranges[0];
        using CoalescedRange coalesced = machine.Vm.Coalesce(range);
        MmioBus another = new();
        BusRange elsewhere = another.Register("elsewhere", 0x1000, 1, machine.Device);
        BusRange huge = machine.Loop.Mmio.Register("huge", 1UL << 40, 1UL << 32, machine.Device);
        BusRange gone = machine.Loop.Mmio.Register("gone", 0x40000, 1, machine.Device);
        machine.Loop.Mmio.Remove(gone);

        Assert.Contains(
            "is on another bus",
            Assert.Throws<InvalidOperationException>(() => machine.Vm.Coalesce(elsewhere)).Message);
        Assert.Contains(
            "is too long", Assert.Throws<ArgumentException>(() => machine.Vm.Coalesce(huge)).Message);
        Assert.Contains(
            "is not on this bus",
            Assert.Throws<InvalidOperationException>(() => machine.Vm.Coalesce(gone)).Message);
    }

    [SkippableFact]
    public void Writes_ofTwoVcpus_areDeliveredOnceAndBeforeTheirOwnExits()
    {
        // Each vCPU writes its counter to a coalesced register of its own, and then to a port, which must not
        // come first.
        const uint Rounds = 3_000;
        PairDevice[] pairs = [new(), new()];
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            Label again = guest.CreateLabel();
            guest.xor(eax, eax);
            guest.mov(rbx, Registers);
            guest.add(rbx, rdi);
            guest.Label(ref again);
            guest.mov(__dword_ptr[rbx], eax);
            guest.mov(edx, edi);
            guest.add(edx, 0x40);
            guest.@out(dx, eax);
            guest.inc(eax);
            guest.cmp(eax, Rounds);
            guest.jne(again);
            guest.hlt();
        });
        using Vcpu second = machine.Vm.CreateVcpu(1);
        second.SetSpecialRegisters(machine.Vcpu.GetSpecialRegisters());
        second.SetRegisters(machine.Vcpu.GetRegisters() with { rdi = 4 });
        RunLoop other = new(second, machine.Loop.Pio, machine.Loop.Mmio);
        BusRange range = machine.Loop.Mmio.Ranges[0];
        machine.Loop.Mmio.Replace(range, BusDevice.FromRegisters<uint>(
            null, (offset, value) => pairs[offset / 4].Late(value)));
        machine.Loop.Pio.Register("after", 0x40, 8, BusDevice.FromRegisters<uint>(
            null, (offset, value) => pairs[offset / 4].Direct(value)));
        using CoalescedRange coalesced = machine.Vm.Coalesce(range);

        using VcpuGroup group = VcpuGroups.Started(other);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Equal(new VcpuStop.Halted(), group.Wait().Stop);

        foreach (PairDevice pair in pairs)
        {
            Assert.Null(pair.Problem);
            Assert.Equal(Rounds, pair.Seen);
        }
    }

    // Stores 0, 1, 2, ... at 0x30000, then halts.
    private static GuestMachine CountingGuest(int writes, IBusDevice device)
    {
        GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            Label again = guest.CreateLabel();
            guest.xor(eax, eax);
            guest.Label(ref again);
            guest.mov(__dword_ptr[0x30000], eax);
            guest.inc(eax);
            guest.cmp(eax, writes);
            guest.jne(again);
            guest.hlt();
        });
        machine.Loop.Mmio.Register("sequence", 0x30000, 4, device);
        return machine;
    }

    private static GuestMachine EndlessAfterOneWrite() => GuestMachine.LongMode(guest =>
    {
        Label again = guest.CreateLabel();
        guest.mov(al, 0x11);
        guest.mov(__byte_ptr[Registers], al);
        guest.mov(__byte_ptr[0x4000], al);
        guest.Label(ref again);
        guest.jmp(again);
    });

    private static void WaitForTheGuest(GuestMachine machine)
    {
        while (machine.Vm.Memory.Read<byte>(0x4000) == 0)
        {
            Thread.Sleep(1);
        }

        Assert.Empty(machine.Device.Log);
    }

    private static List<KvmExitReason> RunAndList(GuestMachine machine)
    {
        List<KvmExitReason> exits = [];
        foreach (KvmExitReason reason in (KvmExitReason[])
            [KvmExitReason.KVM_EXIT_IO, KvmExitReason.KVM_EXIT_MMIO, KvmExitReason.KVM_EXIT_HLT])
        {
            machine.Loop.On(reason, (scoped in VcpuExit exit) =>
            {
                exits.Add(exit.Reason);
                return ExitAction.Default;
            });
        }

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        return exits;
    }

    /// <summary>A late register, and a direct one that is written after it with the same number.</summary>
    private sealed class PairDevice
    {
        private uint late;

        public uint Seen { get; private set; }

        public string? Problem { get; private set; }

        public void Late(uint value)
        {
            Problem ??= value == late ? null : $"{value} came late, {late} was next";
            late++;
        }

        public void Direct(uint value)
        {
            Problem ??= value == Seen && late == value + 1 ? null : $"{value} came before its late write";
            Seen++;
        }
    }
}
