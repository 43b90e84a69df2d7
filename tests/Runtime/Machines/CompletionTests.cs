using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>
/// State that is asked for between an exit and the KVM_RUN that finishes it is that between two instructions.
/// </summary>
public class CompletionTests
{
    private const int InOutLength = 2;
    private const ushort Buffer = 0x4000;
    private const ulong LastWordOfThePage = GuestMachine.MmioAddress + 0xffe;

    [SkippableFact]
    public void Registers_afterAnIn_areThoseBehindIt()
    {
        using GuestMachine machine = GuestMachine.RealMode(InAndHalt);
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        scope.Run().IoData.Fill(0x5a);

        AssertBehindTheFirst(machine, al: 0x5a);

        // And nothing is run twice, or interrupted because of it.
        Assert.Equal(KvmExitReason.KVM_EXIT_HLT, scope.Run().Reason);
        AssertAt(machine, InOutLength + 1);
    }

    [SkippableFact]
    public void Registers_afterTheScopeEnded_areThoseBehindTheAccess()
    {
        using GuestMachine machine = GuestMachine.RealMode(InAndHalt);
        using (VcpuRunScope scope = machine.Vcpu.BeginRun())
        {
            scope.Run().IoData.Fill(0x5a);
        }

        // Another thread may ask: a snapshot's.
        kvm_regs registers = default;
        Thread other = new(() => registers = machine.Vcpu.GetRegisters());
        other.Start();
        other.Join();

        Assert.Equal((GuestMachine.Entry + InOutLength, 0x5aul), (registers.rip, registers.rax));
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
    }

    [SkippableFact]
    public void Registers_setAfterAnIn_stay()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x10);
            guest.hlt();
            guest.mov(bl, 9);
            guest.hlt();
        });
        using (VcpuRunScope scope = machine.Vcpu.BeginRun())
        {
            scope.Run().IoData.Fill(0x5a);
        }

        machine.Vcpu.SetRegisters(
            new kvm_regs { rip = GuestMachine.Entry + InOutLength + 1, rflags = 2, rax = 0x77 });
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        kvm_regs registers = machine.Vcpu.GetRegisters();
        Assert.Equal((0x77ul, 9ul), (registers.rax, registers.rbx));
    }

    [SkippableFact]
    public void Registers_inADeviceThatIsWritten_areThoseBehindTheInstruction()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.@out(0x40, al);
            guest.mov(__dword_ptr[rbx], eax);
            guest.hlt();
        });
        SetRbx(machine, 0x30000);
        List<ulong> seen = [];
        LookingDevice device = new() { OnWrite = _ => seen.Add(machine.Vcpu.GetRegisters().rip) };
        machine.Loop.Pio.Register("looking", 0x40, 1, device);
        machine.Loop.Mmio.Register("looking", 0x30000, 4, device);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal([GuestMachine.Entry + 2, GuestMachine.Entry + 4], seen);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Registers_inADeviceThatIsRead_areRefusedUntilItHasAnswered(bool mmio)
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            if (mmio)
            {
                guest.mov(al, __byte_ptr[rbx]);
            }
            else
            {
                guest.@in(al, 0x40);
            }

            guest.hlt();
        });
        SetRbx(machine, 0x30000);
        string? refusal = null;
        kvm_regs registers = default;
        LookingDevice device = new()
        {
            OnRead = data =>
            {
                refusal = Assert.Throws<InvalidOperationException>(() => machine.Vcpu.GetRegisters()).Message;
                data.Fill(0x5a);
                Assert.True(machine.Vcpu.FinishAccess());
                registers = machine.Vcpu.GetRegisters();
            },
        };
        machine.Loop.Pio.Register("looking", 0x40, 1, device);
        machine.Loop.Mmio.Register("looking", 0x30000, 4, device);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        string reason = mmio ? "KVM_EXIT_MMIO" : "KVM_EXIT_IO";
        Assert.Equal(
            $"KVM_GET_REGS would come in the middle of {reason} of vCPU 0, whose answer to the guest is "
            + "open: fill it in and return, or fill it in and call Vcpu.FinishAccess first",
            refusal);
        Assert.Equal((GuestMachine.Entry + 2, 0x5aul), (registers.rip, registers.rax));
    }

    [SkippableFact]
    public void MmioRead_acrossAPage_isStateOnlyAfterItsSecondPart()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(eax, __dword_ptr[rbx]);
            guest.hlt();
        });
        SetRbx(machine, LastWordOfThePage);
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        VcpuExit first = scope.Run();
        Assert.Equal((LastWordOfThePage, 2u), (first.Mmio.phys_addr, first.Mmio.len));
        first.MmioData.Fill(0x11);

        for (int i = 0; i < 2; i++)
        {
            Exception e = Assert.Throws<InvalidOperationException>(() => machine.Vcpu.GetRegisters());
            Assert.Equal(
                "KVM_GET_REGS would come in the middle of an access of vCPU 0 to a device: it has a further "
                + "part, KVM_EXIT_MMIO, which the vCPU must be run for first",
                e.Message);
            Assert.False(machine.Vcpu.FinishAccess());
        }

        VcpuExit second = scope.Run();
        Assert.Equal((LastWordOfThePage + 2, 2u), (second.Mmio.phys_addr, second.Mmio.len));
        second.MmioData.Fill(0x22);
        AssertAt(machine, 2);
        Assert.Equal(0x22221111ul, machine.Vcpu.GetRegisters().rax);
        Assert.Equal(KvmExitReason.KVM_EXIT_HLT, scope.Run().Reason);
    }

    [SkippableFact]
    public void RepOutsb_withStateAskedForAtEachElement_losesAndDoublesNone()
    {
        using GuestMachine machine = GuestMachine.RealMode(OutsFive);
        machine.Vm.Memory.Write(Buffer, [1, 2, 3, 4, 5]);
        List<byte> bytes = [];
        int refused = 0;
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        while (true)
        {
            VcpuExit exit = scope.Run();
            if (exit.Reason != KvmExitReason.KVM_EXIT_IO)
            {
                Assert.Equal(KvmExitReason.KVM_EXIT_HLT, exit.Reason);
                break;
            }

            byte before = exit.IoData[0];
            bool finished = machine.Vcpu.FinishAccess();
            refused += finished ? 0 : 1;
            bytes.Add(exit.IoData[0]); // The view is still that of this exit.
            Assert.Equal(before, exit.IoData[0]);
            if (finished)
            {
                Assert.Equal(5 - bytes.Count, (int)machine.Vcpu.GetRegisters().rcx);
            }
        }

        Assert.Equal([1, 2, 3, 4, 5], bytes);
        Assert.InRange(refused, 0, 4);
    }

    [SkippableFact]
    public void Handler_thatLooksAndLeavesTheRest_hidesNothingFromTheBus()
    {
        using GuestMachine machine = GuestMachine.RealMode(OutsFive);
        machine.Vm.Memory.Write(Buffer, [1, 2, 3, 4, 5]);
        machine.Loop.On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit _) =>
        {
            machine.Vcpu.FinishAccess();
            return ExitAction.Default;
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 3 01", "w 3 02", "w 3 03", "w 3 04", "w 3 05"], machine.Device.Log);
    }

    [SkippableFact]
    public void Kick_beforeTheState_stillInterrupts()
    {
        using GuestMachine machine = GuestMachine.RealMode(InAndHalt);
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        scope.Run();
        machine.Vcpu.Kick();

        AssertAt(machine, InOutLength);

        Assert.True(scope.Run().IsInterrupted);
        Assert.Equal(KvmExitReason.KVM_EXIT_HLT, scope.Run().Reason);
    }

    [SkippableFact]
    public async Task Kick_whileADeviceAsksForState_isNotLost()
    {
        SequenceDevice sequence = new();
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Label again = guest.CreateLabel();
            guest.xor(eax, eax);
            guest.Label(ref again);
            guest.@out(0x40, eax);
            guest.inc(eax);
            guest.jmp(again);
        });
        machine.Loop.Pio.Register("counter", 0x40, 4, sequence);
        machine.Loop.On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit _) =>
        {
            Assert.Equal(sequence.Next, (uint)machine.Vcpu.GetRegisters().rax);
            return ExitAction.Default;
        });

        await KickCheck.EachArrives(machine.Loop, sequence, guestExits: true, kicks: 2_000);
    }

    [SkippableFact]
    public void Exit_beforeWhichAKeptBackWriteThrows_comesWithTheNextRun()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(__byte_ptr[rbx], al);
            guest.@in(al, 0x10);
            guest.hlt();
        });
        SetRbx(machine, 0x30000);
        string? refusal = null;
        LookingDevice device = new()
        {
            OnWrite = _ =>
            {
                refusal = Assert.Throws<InvalidOperationException>(() => machine.Vcpu.GetRegisters()).Message;
                throw new InvalidTimeZoneException("of the device");
            },
        };
        BusRange range = machine.Loop.Mmio.Register("kept", 0x30000, 4, device);
        using CoalescedRange kept = machine.Vm.Coalesce(range);

        Assert.Throws<InvalidTimeZoneException>(() => machine.Loop.Run());
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["r 0 1"], machine.Device.Log);
        Assert.Equal(0x10ul, machine.Vcpu.GetRegisters().rax);
        Assert.NotNull(refusal); // The read that comes after the write is not answered yet.
    }

    [SkippableFact]
    public void State_ofARunningVcpu_isStillRefusedElsewhere()
    {
        using GuestMachine machine = GuestMachine.RealMode(InAndHalt);
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        scope.Run();
        Exception? refused = null;
        Thread other = new(() => refused = Record.Exception(() => machine.Vcpu.FinishAccess()));
        other.Start();
        other.Join();

        Assert.IsType<InvalidOperationException>(refused);
    }

    private static void InAndHalt(Assembler guest)
    {
        guest.@in(al, 0x10);
        guest.hlt();
    }

    private static void OutsFive(Assembler guest)
    {
        guest.mov(si, Buffer);
        guest.mov(cx, 5);
        guest.mov(dx, 0x13);
        guest.rep.outsb();
        guest.hlt();
    }

    private static void SetRbx(GuestMachine machine, ulong value)
    {
        kvm_regs registers = machine.Vcpu.GetRegisters();
        registers.rbx = value;
        machine.Vcpu.SetRegisters(in registers);
    }

    private static void AssertBehindTheFirst(GuestMachine machine, ulong al)
    {
        AssertAt(machine, InOutLength);
        Assert.Equal(al, machine.Vcpu.GetRegisters().rax & 0xff);
    }

    private static void AssertAt(GuestMachine machine, ulong offset) =>
        Assert.Equal(GuestMachine.Entry + offset, machine.Vcpu.GetRegisters().rip);

    private sealed class LookingDevice : IBusDevice
    {
        public delegate void Reading(Span<byte> data);

        public Reading OnRead { get; init; } = data => data.Clear();

        public Action<byte[]> OnWrite { get; init; } = _ => { };

        public void Read(ulong offset, Span<byte> data) => OnRead(data);

        public void Write(ulong offset, ReadOnlySpan<byte> data) => OnWrite(data.ToArray());
    }
}
