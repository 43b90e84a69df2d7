using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using KvmInterop.Tests.Runtime.Threads;

namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>A vCPU that runs an <see cref="AccountingGuest"/>, its devices, and who kicks it.</summary>
internal sealed class KickedVcpu
{
    // Up to some tens of microseconds: an access, a part of one, or several.
    private const int LongestDelay = 2_000;

    private readonly SmpMachine machine;
    private readonly int number;
    private readonly object gate = new();
    private readonly AccountingDevice ports = new();
    private readonly AccountingDevice memory = new();
    private int kicked;
    private int interruptions;
    private Exception? problem;

    public KickedVcpu(SmpMachine machine, int number)
    {
        this.machine = machine;
        this.number = number;
        Loop = machine.Loops[number];
        Loop.On(KvmExitReason.KVM_EXIT_INTR, (scoped in VcpuExit exit) =>
        {
            lock (gate)
            {
                interruptions++;
                Monitor.Pulse(gate);
            }

            return ExitAction.Default;
        });
        machine.Pio.Register($"ports {number}", AccountingGuest.Port(number), 8, ports);
        machine.Mmio.Register($"registers {number}", AccountingGuest.Address(number), 8, memory);
    }

    public RunLoop Loop { get; }

    /// <summary>Starts a thread that kicks, and that waits after each kick until it has arrived.</summary>
    public Thread StartKicking(int kicks)
    {
        kicked = kicks;
        Thread thread = new(() => problem = Record.Exception(() => Kick(kicks)))
        {
            Name = $"kicker {number}",
        };
        thread.Start();
        return thread;
    }

    /// <summary>Asks the guest to put down its counts and to end.</summary>
    public void End() =>
        machine.Vm.Memory.Write(SmpMachine.Address(number, AccountingGuest.EndFlag), (byte)1);

    /// <summary>What the guest has counted, which is what the devices and the run loop have.</summary>
    public GuestAccount Check()
    {
        Assert.Null(problem);
        Assert.Equal(kicked, interruptions); // The last has not made two either.
        GuestAccount guest =
            AccountingGuest.Read(machine.Vm.Memory, SmpMachine.Address(number, 0));
        Assert.False(guest.IsWrong, "the guest read another number than the next");
        Assert.Null(ports.Problem);
        Assert.Null(memory.Problem);
        Assert.Equal(ports.Account, guest.Ports);
        Assert.Equal(memory.Account, guest.Memory);
        Assert.NotEqual(0u, guest.Halts);

        // One more for the port by which the guest says that it is done.
        ExitCounters exits = Loop.Vcpu.Exits;
        Assert.Equal(guest.Ports.Writes + guest.Ports.Reads + 1, exits[KvmExitReason.KVM_EXIT_IO]);
        Assert.Equal(guest.Memory.Writes + guest.Memory.Reads, exits[KvmExitReason.KVM_EXIT_MMIO]);
        return guest;
    }

    private void Kick(int kicks)
    {
        Random random = new(number);
        for (int i = 0; i < kicks; i++)
        {
            Thread.SpinWait(random.Next(LongestDelay));
            Loop.Vcpu.Kick();
            lock (gate)
            {
                while (interruptions <= i)
                {
                    Assert.True(
                        Monitor.Wait(gate, VcpuGroups.Patience), $"kick {i} of vCPU {number} was lost");
                }

                Assert.True(
                    interruptions == i + 1, $"kick {i} of vCPU {number}, or the one before, made two");
            }
        }
    }
}
