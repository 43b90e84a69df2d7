using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>Memory that comes and goes under a guest which uses it.</summary>
public class GuestMemoryHotplugTests
{
    private const ulong Address = GuestMachine.MmioAddress;
    private const ulong Counter = 0x4000;

    [SkippableFact]
    public void AddAndRemove_whileTheGuestTouchesIt_isMemoryOrMmio()
    {
        using GuestMachine machine = Toucher(out MmioCounter mmio);
        Thread running = new(() => machine.Loop.Run());
        running.Start();

        int used = 0;
        for (int round = 0; round < 300; round++)
        {
            GuestMemoryRegion region = machine.Vm.AddMemory(
                Address, 0x1000, new() { Backing = Backing(round) });
            ulong before = machine.Vm.Memory.ReadVolatile<ulong>(Counter);
            machine.Vm.Memory.WriteVolatile(Address, 1UL);
            SpinWait.SpinUntil(
                () => machine.Vm.Memory.ReadVolatile<ulong>(Counter) > before + 1
                    && machine.Vm.Memory.ReadVolatile<ulong>(Address) > 1,
                TimeSpan.FromSeconds(30));
            used += machine.Vm.Memory.ReadVolatile<ulong>(Address) > 1 ? 1 : 0;
            machine.Vm.Memory.Remove(region);
            Assert.True(region.Mapping.IsClosed);
        }

        long accesses = mmio.Count;
        Assert.True(SpinWait.SpinUntil(() => mmio.Count > accesses, TimeSpan.FromSeconds(30)));
        machine.Loop.Stop();
        running.Join();
        Assert.Equal(300, used);
    }

    [SkippableFact]
    public void Remove_withALease_takesTheSlotAtOnceAndTheMappingLast()
    {
        using GuestMachine machine = Toucher(out MmioCounter mmio);
        GuestMemoryRegion region = machine.Vm.AddMemory(Address, 0x1000);
        Thread running = new(() => machine.Loop.Run());
        running.Start();
        GuestMemoryLease lease = machine.Vm.Memory.Lease(Address, 8);
        bool counted = SpinUntilChanged(machine.Vm.Memory, Counter);

        machine.Vm.Memory.Remove(region);
        byte[] after = lease.Span.ToArray();
        bool toMmio = SpinWait.SpinUntil(() => mmio.Count > 0, TimeSpan.FromSeconds(30));
        SpinUntilChanged(machine.Vm.Memory, Counter);
        byte[] later = lease.Span.ToArray();
        bool closedEarly = region.Mapping.IsClosed;
        lease.Dispose();

        machine.Loop.Stop();
        running.Join();
        Assert.True(counted && toMmio);
        Assert.Equal(after, later); // The guest did not reach it any more.
        Assert.Equal((false, true), (closedEarly, region.Mapping.IsClosed));
    }

    [SkippableFact]
    public void Remove_whileTheVmIsClosedButTheVcpuLives_keepsTheMapping()
    {
        using GuestMachine machine = Toucher(out _);
        GuestMemoryRegion region = machine.Vm.AddMemory(Address, 0x1000);

        machine.Vm.Dispose();
        bool closedBeforeTheVcpu = region.Mapping.IsClosed;
        machine.Vcpu.Dispose();

        Assert.Equal((false, true), (closedBeforeTheVcpu, region.Mapping.IsClosed));
    }

    // Increments a word at the address, and one in the machine's own memory.
    private static GuestMachine Toucher(out MmioCounter mmio)
    {
        GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.mov(rax, __qword_ptr[(long)Address]);
            guest.inc(rax);
            guest.mov(__qword_ptr[(long)Address], rax);
            guest.inc(__qword_ptr[(long)Counter]);
            guest.jmp(again);
        });
        mmio = new MmioCounter();
        machine.Loop.On(KvmExitReason.KVM_EXIT_MMIO, mmio.Handle);
        return machine;
    }

    private static GuestMemoryBacking Backing(int round) =>
        (round % 2) == 0 ? GuestMemoryBacking.Anonymous : GuestMemoryBacking.Shared;

    private static bool SpinUntilChanged(GuestMemory memory, ulong address)
    {
        ulong before = memory.ReadVolatile<ulong>(address);
        return SpinWait.SpinUntil(
            () => memory.ReadVolatile<ulong>(address) > before + 2, TimeSpan.FromSeconds(30));
    }

    /// <summary>Counts accesses that were none to memory.</summary>
    private sealed class MmioCounter
    {
        private long count;

        public long Count => Volatile.Read(ref count);

        public ExitAction Handle(in VcpuExit exit)
        {
            Interlocked.Increment(ref count);
            return ExitAction.Continue;
        }
    }
}
