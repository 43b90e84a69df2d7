using System.Runtime.CompilerServices;
using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Objects that go in any order, and leave no file and no mapping behind.</summary>
[Collection(Alone.Name)]
public class LifetimeTests
{
    private const ulong Size = Footprint.MemorySize;
    public static TheoryData<string> Orders => new(Permutations("kvcm"));

    [SkippableTheory]
    [MemberData(nameof(Orders))]
    public void Dispose_inAnyOrder_leavesNothing(string order)
    {
        Requires.Kvm();
        Footprint footprint = Footprint.Now();
        Kvm kvm = Kvm.Open();
        Vm vm = kvm.CreateVm();
        vm.AddMemory(0, Size);
        Vcpu vcpu = vm.CreateVcpu();
        GuestMemory memory = vm.Memory;
        Assert.Equal((3, 1, 1), footprint.More);

        foreach (char which in order)
        {
            IDisposable next = which switch { 'k' => kvm, 'v' => vm, 'c' => vcpu, _ => memory };
            next.Dispose();
            next.Dispose();
            if (which == 'c')
            {
                Assert.Equal(0, footprint.More.Runs);
            }
        }

        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableTheory]
    [InlineData("kvm")]
    [InlineData("vkm")]
    [InlineData("mvk")]
    public void Vcpu_outlivingTheRest_stillRunsOnItsMemory(string order)
    {
        Footprint footprint = Footprint.Now();
        GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(al, __byte_ptr[0x4000]);
            guest.@out(0x10, al);
            guest.hlt();
        });
        machine.Vm.AddMemory(1UL << 32, Size);
        machine.Vm.Memory.Write(0x4000, (byte)0x99);
        foreach (char which in order)
        {
            IDisposable next = which switch { 'k' => machine.Kvm, 'v' => machine.Vm, _ => machine.Vm.Memory };
            next.Dispose();
        }

        Assert.Equal((2, 1, 1), footprint.More);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 99"], machine.Device.Log);
        machine.Vcpu.Dispose();
        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableFact]
    public async Task Dispose_whileRunningElsewhere_waitsForTheRunToEnd()
    {
        Footprint footprint = Footprint.Now();
        GuestMachine machine = Spinning();
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);

        machine.Vcpu.Dispose();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
        machine.Dispose();
        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableFact]
    public void Dispose_fromADeviceOfItsOwnRun_endsTheRunAndThenCloses()
    {
        Footprint footprint = Footprint.Now();
        GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x40, al);
            guest.hlt();
        });
        machine.Loop.Pio.Register("suicidal", 0x40, 1, new DisposingDevice(machine));

        Assert.Equal(new VcpuStop.Requested(), machine.Loop.Run());

        Assert.Equal((0, 0, 0), footprint.More);
        Assert.Throws<ObjectDisposedException>(() => machine.Loop.Run());
        machine.Vcpu.Kick();
    }

    [SkippableFact]
    public void Finalizers_ofForgottenObjects_leaveNothing()
    {
        Requires.Kvm();
        Footprint footprint = Footprint.Now();

        for (int i = 0; i < 10; i++)
        {
            Forget();
        }

        // Whatever order the finalizers ran in, the handles' references put it right.
        footprint.Collect();

        Assert.Equal((0, 0, 0), footprint.More);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            Kvm kvm = Kvm.Open();
            Vm vm = kvm.CreateVm();
            vm.AddMemory(0, Size);
            vm.CreateVcpu();
            vm.CreateVcpu(1);
        }
    }

    [SkippableFact]
    public void CreateAndDispose_manyTimesAlsoHalfWay_leavesNothing()
    {
        Requires.Kvm();
        Footprint footprint = Footprint.Now();
        using Kvm kvm = Kvm.Open();
        for (int i = 0; i < 200; i++)
        {
            using Vm vm = kvm.CreateVm();
            vm.AddMemory(0, Size);
            using Vcpu vcpu = vm.CreateVcpu();
            Assert.Throws<KvmException>(() => vm.CreateVcpu());
            Assert.Throws<KvmException>(() => vm.AddMemory(1UL << 63, Size));
        }

        kvm.Dispose();
        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableFact]
    public void Use_afterDispose_isRefused()
    {
        GuestMachine machine = Spinning();
        machine.Dispose();

        Assert.Throws<ObjectDisposedException>(
            () => machine.Kvm.CheckExtension(KvmCapability.KVM_CAP_USER_MEMORY));
        Assert.Throws<ObjectDisposedException>(() => machine.Kvm.CreateVm());
        Assert.Throws<ObjectDisposedException>(() => machine.Kvm.Fd.Value);
        Assert.Throws<ObjectDisposedException>(() => machine.Vm.CreateVcpu(1));
        Assert.Throws<ObjectDisposedException>(() => machine.Vm.AddMemory(0x100000, 0x1000));
        Assert.Throws<ObjectDisposedException>(() => machine.Vm.Fd.Value);
        Assert.Throws<ObjectDisposedException>(() => machine.Vcpu.GetRegisters());
        Assert.Throws<ObjectDisposedException>(() => machine.Vcpu.Fd.Value);
        Assert.Throws<ObjectDisposedException>(() => machine.Vcpu.BeginRun().Dispose());
        machine.Vcpu.Kick();
    }

    [SkippableFact]
    public async Task State_ofAVcpuThatRunsElsewhere_isRefusedInsteadOfWaiting()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Iced.Intel.Label here = guest.CreateLabel();
            guest.@out(0x40, al);
            guest.Label(ref here);
            guest.jmp(here);
        });
        using ManualResetEventSlim running = new();
        machine.Loop.Pio.Register("signal", 0x40, 1, new SignallingDevice(running));
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        running.Wait();

        Exception registers = Assert.Throws<InvalidOperationException>(() => machine.Vcpu.GetRegisters());
        Exception second = Assert.Throws<InvalidOperationException>(() => machine.Loop.Run());

        Assert.Equal(
            "KVM_GET_REGS would wait, because vCPU 0 is running on another thread; call it there or stop "
            + "the vCPU",
            registers.Message);
        Assert.Equal(
            "vCPU 0 is running on another thread already; one thread at a time can run it", second.Message);
        machine.Loop.Stop();
        await group.EndAsync();
        Assert.NotEqual(0ul, machine.Vcpu.GetRegisters().rip);
    }

    [SkippableFact]
    public void RunScope_loopOfOnesOwn_seesEachExit()
    {
        List<string> seen = [];
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.mov(al, 0x42);
            guest.@out(0x10, al);
            guest.hlt();
        });
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        machine.Vcpu.Kick();

        VcpuExit exit;
        do
        {
            exit = scope.Run();
            seen.Add(exit.Reason == KvmExitReason.KVM_EXIT_IO
                ? $"port {exit.Io.port:x} data {exit.IoData[0]:x}"
                : exit.ToString());
        }
        while (exit.Reason != KvmExitReason.KVM_EXIT_HLT);

        Assert.Equal(["KVM_EXIT_INTR", "port 10 data 42", "KVM_EXIT_HLT"], seen);
        Assert.Equal(0x42ul, machine.Vcpu.GetRegisters().rax & 0xff); // On the thread that runs it: allowed.
    }

    [SkippableFact]
    public void RunScope_disposedTwice_isFineAndRunsNoMore()
    {
        using GuestMachine machine = Spinning();
        VcpuRunScope scope = machine.Vcpu.BeginRun();
        scope.Dispose();
        scope.Dispose();

        bool refused = false;
        try
        {
            scope.Run();
        }
        catch (ObjectDisposedException)
        {
            refused = true;
        }

        Assert.True(refused);
        machine.Vcpu.BeginRun().Dispose();
    }

    private static GuestMachine Spinning() => GuestMachine.RealMode(guest =>
    {
        Iced.Intel.Label here = guest.CreateLabel();
        guest.Label(ref here);
        guest.jmp(here);
    });

    private static IEnumerable<string> Permutations(string items) => items.Length <= 1
        ? [items]
        : items.SelectMany(first => Permutations(items.Replace($"{first}", "", StringComparison.Ordinal))
            .Select(rest => first + rest));

    private sealed class DisposingDevice(GuestMachine machine) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => data.Clear();

        public void Write(ulong offset, ReadOnlySpan<byte> data) => machine.Dispose();
    }

    private sealed class SignallingDevice(ManualResetEventSlim written) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => data.Clear();

        public void Write(ulong offset, ReadOnlySpan<byte> data) => written.Set();
    }
}
