using System.Globalization;
using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Calling a guest out of KVM_RUN that never leaves by itself.</summary>
public class KickTests
{
    [SkippableFact]
    public async Task Stop_spinningGuest_comesBack()
    {
        using GuestMachine machine = Spinning();
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);

        machine.Loop.Stop();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
    }

    [SkippableFact]
    public async Task Cancel_spinningGuest_comesBackAndRunsAgain()
    {
        using GuestMachine machine = Spinning();
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource source = new();
            Task<VcpuStop> run = Task.Run(() => machine.Loop.Run(source.Token));

            await source.CancelAsync();

            Assert.Equal(new VcpuStop.Requested(), await run.WaitAsync(VcpuGroups.Patience));
        }
    }

    [SkippableFact]
    public void Stop_beforeTheRun_endsThatRunOnly()
    {
        using GuestMachine machine = Counting();

        machine.Loop.Stop();

        Assert.Equal(new VcpuStop.Requested(), machine.Loop.Run());
        Assert.Empty(machine.Device.Log);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Single(machine.Device.Log);
    }

    [SkippableFact]
    public void Cancel_beforeTheRun_entersNoGuest()
    {
        using GuestMachine machine = Counting();

        Assert.Equal(new VcpuStop.Requested(), machine.Loop.Run(new CancellationToken(canceled: true)));

        Assert.Empty(machine.Device.Log);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
    }

    [SkippableFact]
    public void Stop_fromADevice_finishesTheAccessFirst()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x40);
            guest.hlt();
        });
        machine.Loop.Pio.Register("stopper", 0x40, 1, new StoppingDevice(machine.Loop));

        Assert.Equal(new VcpuStop.Requested(), machine.Loop.Run());

        // Two bytes of instruction are behind it, and what the device answered is in the register.
        Assert.Equal(GuestMachine.Entry + 2, machine.Vcpu.GetRegisters().rip);
        Assert.Equal(0x77ul, machine.Vcpu.GetRegisters().rax & 0xff);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
    }

    [SkippableFact]
    public void Stop_fromADeviceWithAReason_finishesTheAccessAndHasIt()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x40, al);
            guest.@out(0x10, al);
            guest.hlt();
        });
        machine.Loop.Pio.Register("power", 0x40, 1, new CallbackDevice(() =>
        {
            machine.Loop.Stop("power-off");
            machine.Loop.Stop("reset");
            machine.Loop.Stop();
        }));

        VcpuStop stop = machine.Loop.Run();

        Assert.Equal(new VcpuStop.ByDevice("power-off"), stop);
        Assert.Equal("a device ended the run: power-off", stop.ToString());
        Assert.Equal(GuestMachine.Entry + 2, machine.Vcpu.GetRegisters().rip);
        Assert.Empty(machine.Device.Log);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
    }

    [SkippableFact]
    public void Stop_withAReasonAfterAPlainOneAndWithACancelledToken_isNotLost()
    {
        using GuestMachine machine = Counting();
        machine.Loop.Stop();
        machine.Loop.Stop("reset");

        Assert.Equal(
            new VcpuStop.ByDevice("reset"), machine.Loop.Run(new CancellationToken(canceled: true)));
        Assert.Equal(
            new VcpuStop.Requested(), machine.Loop.Run(new CancellationToken(canceled: true)));

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Single(machine.Device.Log);
        Assert.Throws<ArgumentNullException>(() => machine.Loop.Stop(null!));
    }

    [SkippableFact]
    public void Handler_thatStops_finishesTheAccessFirst()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x40);
            guest.hlt();
        });
        machine.Loop.On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit exit) =>
        {
            exit.IoData.Fill(0x55);
            return ExitAction.Stop;
        });

        Assert.Equal(new VcpuStop.ByHandler(KvmExitReason.KVM_EXIT_IO), machine.Loop.Run());

        Assert.Equal(GuestMachine.Entry + 2, machine.Vcpu.GetRegisters().rip);
        Assert.Equal(0x55ul, machine.Vcpu.GetRegisters().rax & 0xff);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kick_thousandsOfTimes_eachArrives(bool guestExits)
    {
        SequenceDevice sequence = new();
        using GuestMachine machine = guestExits ? CountingForEver(sequence) : Spinning();

        await KickCheck.EachArrives(machine.Loop, sequence, guestExits, kicks: 5_000);
    }

    [SkippableFact]
    public async Task Kick_fromManyThreadsAtOnce_losesNoExitAndStops()
    {
        SequenceDevice sequence = new();
        using GuestMachine machine = CountingForEver(sequence);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                machine.Vcpu.Kick();
            }
        }))).WaitAsync(VcpuGroups.Patience);

        machine.Loop.Stop();
        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
        Assert.Null(sequence.Problem);
    }

    [SkippableFact]
    public void Kick_veryOftenWhileADeviceIsBusy_isOneInterruption()
    {
        // More than a user may have signals waiting: one of them is enough.
        const int Kicks = 300_000;
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x40, al);
            guest.hlt();
        });
        machine.Loop.Pio.Register("busy", 0x40, 1, new CallbackDevice(() =>
        {
            Thread other = new(() =>
            {
                for (int i = 0; i < Kicks; i++)
                {
                    machine.Vcpu.Kick();
                }
            });
            other.Start();
            Assert.True(other.Join(VcpuGroups.Patience));
        }));

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(1, machine.Vcpu.Exits[KvmExitReason.KVM_EXIT_INTR]);
        Assert.True(machine.Vcpu.Exits.Kicks >= Kicks);
    }

    [SkippableFact]
    public void Run_withOtherSignalsArriving_goesOn()
    {
        // A profiler's or a terminal's signal ends KVM_RUN with EINTR as well; nobody asked for anything
        // then.
        using GuestMachine machine = Counting();
        int interruptions = 0;
        machine.Loop.On(KvmExitReason.KVM_EXIT_INTR, (scoped in VcpuExit exit) =>
        {
            interruptions++;
            return ExitAction.Default;
        });
        machine.Vcpu.Kick();

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Equal(1, interruptions);
        Assert.Single(machine.Device.Log);
    }

    [SkippableFact]
    public void Run_ended_leavesTheThreadsSignalsAsTheyWere()
    {
        using GuestMachine machine = Counting();
        (ulong, ulong) before = (MaskOf("SigBlk"), MaskOf("SigPnd"));

        machine.Vcpu.Kick();
        machine.Loop.Run();

        Assert.Equal(before, (MaskOf("SigBlk"), MaskOf("SigPnd")));
    }

    [Theory]
    [InlineData(2)] // SIGINT
    [InlineData(34)] // .NET's own, with glibc
    [InlineData(65)]
    public void Open_withASignalThatIsTaken_isRefused(int signal) =>
        Assert.Throws<ArgumentOutOfRangeException>(
        () => Kvm.Open(new KvmOptions { KickSignal = signal, DevicePath = "/nonexistent" }));

    [Fact]
    public void Open_withASignalThatTheProgramHandles_isRefusedWithTheRemedy()
    {
        const int Signal = 60;
        using PosixSignalRegistration own = PosixSignalRegistration.Create((PosixSignal)Signal, _ => { });

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(
            () => Kvm.Open(new KvmOptions { KickSignal = Signal, DevicePath = "/nonexistent" }));

        Assert.Equal(
            "the program handles signal 60, by which vCPUs are called out of their guests; choose another by "
            + "KvmOptions.KickSignal",
            e.Message);
    }

    [Fact]
    public void Open_withAFreeSignal_givesItAHandlerThatStays()
    {
        const int Signal = 61;
        KvmOptions options = new() { KickSignal = Signal, DevicePath = "/nonexistent" };

        // Without a handler a real-time signal ends the process.
        Assert.Throws<KvmException>(() => Kvm.Open(options));
        Assert.True(IsInMask("SigCgt", Signal));
        Assert.Throws<KvmException>(() => Kvm.Open(options));
        Assert.True(IsInMask("SigCgt", Signal));
    }

    [SkippableFact]
    public void Kick_onAThreadThatBlocksTheSignal_comesThroughAndLeavesItBlocked()
    {
        const int Signal = 40; // The default with glibc, checked below.
        using GuestMachine machine = Spinning();
        Assert.True(IsInMask("SigCgt", Signal));
        VcpuStop? stop = null;
        bool wasBlocked = false;
        Thread thread = new(() =>
        {
            Signals.BlockOnThisThread(Signal);
            stop = machine.Loop.Run();
            wasBlocked = IsInMask("SigBlk", Signal);
        });
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => machine.Vcpu.IsRunning, VcpuGroups.Patience));

        machine.Loop.Stop();

        Assert.True(thread.Join(VcpuGroups.Patience));
        Assert.Equal(new VcpuStop.Requested(), stop);
        Assert.True(wasBlocked);
    }

    [SkippableFact]
    public async Task Open_withAnotherSignal_kicksWithIt()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open(new KvmOptions { KickSignal = 50 });
        using Vm vm = kvm.CreateVm();
        using GuestMachine other = Spinning();
        vm.AddMemory(0, GuestMachine.MemorySize);
        vm.Memory.Write(GuestMachine.Entry, [0xeb, 0xfe]); // jmp to itself
        using Vcpu vcpu = vm.CreateVcpu();
        vcpu.SetSpecialRegisters(other.Vcpu.GetSpecialRegisters());
        vcpu.SetRegisters(other.Vcpu.GetRegisters());
        RunLoop loop = new(vcpu);
        using VcpuGroup group = VcpuGroups.Started(loop);

        loop.Stop();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
    }

    // Of the calling thread; the handlers are those of the process.
    private static ulong MaskOf(string name)
    {
        string start = name + ":\t";
        string line = File.ReadLines("/proc/thread-self/status")
            .First(line => line.StartsWith(start, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(start.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static bool IsInMask(string name, int signal) =>
        (MaskOf(name) & SignalSet.Of(signal).First) != 0;

    private static GuestMachine Spinning() => GuestMachine.RealMode(guest =>
    {
        Iced.Intel.Label here = guest.CreateLabel();
        guest.Label(ref here);
        guest.jmp(here);
    });

    private static GuestMachine CountingForEver(IBusDevice device)
    {
        GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.xor(eax, eax);
            guest.Label(ref again);
            guest.@out(0x40, eax);
            guest.inc(eax);
            guest.jmp(again);
        });
        machine.Loop.Pio.Register("counter", 0x40, 4, device);
        return machine;
    }

    private static GuestMachine Counting() => GuestMachine.RealMode(guest =>
    {
        guest.@out(0x10, al);
        guest.hlt();
    });

    private sealed class StoppingDevice(RunLoop loop) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            data.Fill(0x77);
            loop.Stop();
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data) => loop.Stop();
    }
}
