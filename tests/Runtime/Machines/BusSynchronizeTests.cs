using System.Runtime.CompilerServices;
using Iced.Intel;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Waiting for vCPUs to be out of a device that was taken away.</summary>
public class BusSynchronizeTests
{
    [SkippableFact]
    public void Synchronize_deviceIsInUse_returnsAfterIt()
    {
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim leave = new();
        bool left = false;
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x40, al);
            guest.hlt();
        });
        BusRange range = machine.Loop.Pio.Register("slow", 0x40, 1, BusDevice.FromDelegates(null, (_, _) =>
        {
            entered.Set();
            leave.Wait();
            Volatile.Write(ref left, true);
        }));
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        entered.Wait();

        machine.Loop.Pio.Remove(range);
        Task<bool> synchronized = Task.Run(() =>
        {
            machine.Loop.Pio.Synchronize();
            return Volatile.Read(ref left);
        });
        Assert.False(synchronized.IsCompleted);
        leave.Set();

        Assert.True(synchronized.GetAwaiter().GetResult());
        Assert.Equal(new VcpuStop.Halted(), group.Wait().Stop);
    }

    [SkippableFact]
    public void Synchronize_guestRunsForEver_doesNotWaitForIt()
    {
        using ManualResetEventSlim entered = new();
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Label again = guest.CreateLabel();
            guest.@out(0x40, al);
            guest.Label(ref again);
            guest.jmp(again);
        });
        machine.Loop.Pio.Register("begun", 0x40, 1, BusDevice.FromDelegates(null, (_, _) => entered.Set()));
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        entered.Wait();

        machine.Loop.Pio.Synchronize();
        machine.Loop.Mmio.Synchronize();

        machine.Loop.Stop();
        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        machine.Loop.Pio.Synchronize();
    }

    [SkippableFact]
    public void Synchronize_fromADevice_isRefused()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.@out(0x40, al));
        machine.Loop.Pio.Register("itself", 0x40, 1, BusDevice.FromDelegates(
            null, (_, _) => machine.Loop.Pio.Synchronize()));

        Exception e = Assert.Throws<InvalidOperationException>(() => machine.Loop.Run());

        Assert.StartsWith("a device or handler waits here for its own access to end", e.Message);
    }

    [SkippableFact]
    public void Synchronize_afterReplace_oldDeviceIsNeverInUse()
    {
        // A device that says after its release that it was used: what a user would see as use after Dispose.
        const int Replacements = 500;
        StrongBox<long> usedAfter = new();
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.@out(0x40, al);
            guest.jmp(again);
        });
        Released current = new(usedAfter);
        BusRange range = machine.Loop.Pio.Register("released", 0x40, 1, current);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        for (int i = 0; i < Replacements; i++)
        {
            Released next = new(usedAfter);
            machine.Loop.Pio.Replace(range, next);
            machine.Loop.Pio.Synchronize();
            current.IsReleased = true;
            current = next;
        }

        machine.Loop.Stop();
        group.Wait();
        Assert.Equal(0, usedAfter.Value);
        Assert.Equal(0, machine.Loop.Pio.UnclaimedWrites);
    }

    [SkippableFact]
    public void Synchronize_underSeveralVcpus_noneIsInTheDeviceAnyMore()
    {
        const uint Address = 0xd0000000;
        const int Rounds = 100;
        StrongBox<long> usedAfter = new();
        using SmpMachine machine = new(3, (guest, number) =>
        {
            Label again = guest.CreateLabel();
            guest.mov(edx, Address);
            guest.Label(ref again);
            guest.mov(__dword_ptr.es[edx], eax);
            guest.jmp(again);
        });
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        for (int i = 0; i < Rounds; i++)
        {
            // Registered and taken away while all of them write there: between, nobody has the address.
            Released device = new(usedAfter);
            BusRange range = machine.Mmio.Register("comes and goes", Address, 4, device);
            VcpuGroups.Await(() => device.IsUsed, "no vCPU comes to the device");
            Assert.True(machine.Mmio.Remove(range));
            machine.Mmio.Synchronize();
            device.IsReleased = true;
        }

        group.Stop();
        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Equal(0, usedAfter.Value);
        Assert.NotEqual(0, machine.Mmio.UnclaimedWrites);
    }

    private sealed class Released(StrongBox<long> usedAfter) : IBusDevice
    {
        private volatile bool released;
        private volatile bool used;

        public bool IsUsed => used;

        public bool IsReleased
        {
            set => released = value;
        }

        public void Read(ulong offset, Span<byte> data) => data.Clear();

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            used = true;
            Thread.SpinWait(50);
            if (released)
            {
                Interlocked.Increment(ref usedAfter.Value);
            }
        }
    }
}
