using System.Text;
using Iced.Intel;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>A whole machine on the real KVM, with guests of a few instructions.</summary>
public sealed class PcMachineTests
{
    private const uint Entry = 0x10_0000;

    [SkippableFact]
    public void Guest_thatPrintsAndSwitchesOff_isPowerOff()
    {
        StringOutput output = new();

        MachineOutcome outcome = Run(
            a =>
            {
                Print(a, "hi\n");
                Out(a, 0x600, 0x34); // SLP_EN and SLP_TYP 5
            },
            new PcMachineOptions { SerialOutput = output });

        Assert.IsType<MachineOutcome.PowerOff>(outcome);
        Assert.Equal("hi\n", output.Text);
    }

    [SkippableTheory]
    [InlineData(0x600, 0x01)] // What the FADT says.
    [InlineData(0xcf9, 0x06)]
    [InlineData(0x64, 0xfe)]
    [InlineData(0x92, 0x01)]
    public void Guest_thatResets_isReset(int port, byte value) =>
        Assert.IsType<MachineOutcome.Reset>(Run(a => Out(a, port, value)));

    [SkippableFact]
    public void Guest_thatGoesToTheBios_isReset()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, new PcMachineOptions());
        byte[] code = [0xea, 0x00, 0x00, 0xff, 0xff]; // jmp 0xffff:0, as Linux restarts by the BIOS
        machine.StartState = RawImage.Load(machine.Memory, BootFile.FromBytes("code", code), 0x1000);
        machine.Start();

        Assert.Equal("port 0xcf9", Assert.IsType<MachineOutcome.Reset>(machine.Wait()).Device);
    }

    [SkippableFact]
    public void Guest_withoutAnInterruptTable_isATripleFaultWithAReport()
    {
        MachineOutcome outcome = Run(a => a.ud2());

        MachineOutcome.TripleFault fault = Assert.IsType<MachineOutcome.TripleFault>(outcome);
        Assert.Equal(0u, fault.Cpu);
        Assert.Contains(
            Requires.ResetsAtATripleFault ? "in its reset state" : "ud2", fault.Report, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Guest_thatTellsAStatus_isThatStatus()
    {
        MachineOutcome outcome = Run(
            a =>
            {
                a.mov(eax, 21);
                a.@out(0xf4, eax);
            },
            new PcMachineOptions { HasDebugExit = true });

        Assert.Equal(43, Assert.IsType<MachineOutcome.GuestExit>(outcome).Status);
    }

    [SkippableFact]
    public void Guest_afterABios_findsWhatItLeft()
    {
        using Kvm kvm = OpenKvm();
        PcMachineOptions options = new() { HasBiosState = true, HasDebugExit = true };
        using PcMachine machine = Prepare(kvm, options, a =>
        {
            a.xor(eax, eax);
            a.@in(al, 0x21); // The first PIC's mask,
            a.mov(ah, al);
            a.@in(al, 0x64); // and the keyboard controller's status.
            a.@out(0xf4, eax);
        });
        machine.Start();

        Assert.Equal((0xb81c << 1) | 1, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);
        Assert.Equal(0x3f8, machine.Memory.Read<ushort>(0x400));
        Assert.Equal(0x9fc0, machine.Memory.Read<ushort>(0x40e));
    }

    [SkippableFact]
    public void Timer_interrupt_isOnPin2OfTheIoApic()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, new PcMachineOptions());
        var routes = machine.Vm.GsiRouting.Applied.OfType<GsiRoute.IrqChip>().ToList();

        Assert.Equal(
            [new(0, KvmApi.KVM_IRQCHIP_PIC_MASTER, 0), new(0, KvmApi.KVM_IRQCHIP_IOAPIC, 2)],
            routes.Where(route => route.Gsi == 0 || (route.Chip == KvmApi.KVM_IRQCHIP_IOAPIC && route.Pin == 2)));
    }

    [SkippableFact]
    public void Guest_thatSwitchesOffByPm1_isPowerOff() => Assert.IsType<MachineOutcome.PowerOff>(
        Run(a =>
        {
            a.mov(dx, (ushort)0x604);
            a.mov(ax, (ushort)0x2000);
            a.@out(dx, ax);
        }));

    [SkippableTheory]
    [InlineData("[  1.0] Kernel panic - not syncing: no init\n", 0xfe, "no init")]
    [InlineData("[  1.0] ---[ end Kernel panic - not syncing: no init ]---\n", 0, "no init")]
    [InlineData("---[ end Kernel panic - not syncing\n", 0, "")]
    public void Guest_thatPanics_isAPanic(string line, byte resetBy, string reason)
    {
        MachineOutcome outcome = Run(a =>
        {
            Print(a, line);
            if (resetBy != 0)
            {
                Out(a, 0x64, resetBy);
            }
        });

        Assert.Equal(new MachineOutcome.Panic(reason), outcome);
    }

    [SkippableFact]
    public void Guest_thatPanicsUnwatched_isWhatItDid()
    {
        MachineOutcome outcome = Run(
            a =>
            {
                Print(a, "Kernel panic - not syncing: x\n");
                Out(a, 0x64, 0xfe);
            },
            new PcMachineOptions { WatchesForPanic = false });

        Assert.IsType<MachineOutcome.Reset>(outcome);
    }

    [SkippableFact]
    public void Stop_ofAGuestThatNeverEnds_isStopped()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = Prepare(kvm, new PcMachineOptions(), _ => { });
        machine.Start();

        machine.Stop();

        Assert.IsType<MachineOutcome.Stopped>(machine.Wait());
    }

    [SkippableFact]
    public void Token_cancelled_isStopped()
    {
        using CancellationTokenSource source = new();
        using Kvm kvm = OpenKvm();
        using PcMachine machine = Prepare(kvm, new PcMachineOptions { Cpus = 2 }, _ => { });
        machine.Start(source.Token);

        source.Cancel();

        Assert.IsType<MachineOutcome.Stopped>(machine.Wait());
    }

    [SkippableFact]
    public void SerialInput_reachesTheGuest()
    {
        StringOutput output = new();
        using Kvm kvm = OpenKvm();
        using PcMachine machine = Prepare(kvm, new PcMachineOptions { SerialOutput = output }, a =>
        {
            Label wait = a.CreateLabel();
            a.mov(dx, (ushort)0x3fd);
            a.Label(ref wait);
            a.@in(al, dx);
            a.test(al, 1);
            a.jz(wait);
            a.mov(dx, (ushort)0x3f8);
            a.@in(al, dx);
            a.inc(al);
            a.@out(dx, al);
            Out(a, 0x600, 0x34);
        });
        machine.Start();

        Assert.Equal(1, machine.Serial.Receive("a"u8));

        Assert.IsType<MachineOutcome.PowerOff>(machine.Wait());
        Assert.Equal("b", output.Text);
    }

    [SkippableFact]
    public void Memory_above3GiB_isThere()
    {
        MachineOutcome outcome = Run(
            a =>
            {
                a.mov(eax, __dword_ptr[0xbffffffc]);
                a.@out(0xf4, eax);
            },
            new PcMachineOptions { MemorySize = 5ul << 30, HasDebugExit = true },
            machine =>
            {
                machine.Memory.Write(0xbffffffcul, 3);
                Assert.True(machine.Memory.Contains(1ul << 32, 2ul << 30));
                Assert.False(machine.Memory.Contains(0xc0000000, 1));
            });

        Assert.Equal(7, Assert.IsType<MachineOutcome.GuestExit>(outcome).Status);
    }

    [SkippableFact]
    public void SecondaryCpus_startedByTheGuest_run()
    {
        // INIT and SIPI to all others (Intel SDM volume 3, 10.6.1), which count themselves at 0x500.
        MachineOutcome outcome = Run(
            a =>
            {
                Label wait = a.CreateLabel();
                a.mov(ebx, 0xfee00000);
                a.mov(__dword_ptr[ebx + 0x300], 0xc4500);
                a.mov(__dword_ptr[ebx + 0x300], 0xc4608);
                a.Label(ref wait);
                a.cmp(__dword_ptr[0x600], 3);
                a.jne(wait);
                a.mov(eax, __dword_ptr[0x600]);
                a.@out(0xf4, eax);
            },
            new PcMachineOptions { Cpus = 4, HasDebugExit = true },
            machine => machine.Memory.Write(0x8000, GuestMachine.Assemble(16, 0, a =>
            {
                a.xor(ax, ax);
                a.mov(ds, ax);
                a.@lock.inc(__dword_ptr[0x600]);
                a.cli();
                a.hlt();
            })));

        Assert.Equal(7, Assert.IsType<MachineOutcome.GuestExit>(outcome).Status);
    }

    [SkippableFact]
    public void Acpi_isInMemoryWhenTheGuestBegins()
    {
        MachineOutcome outcome = Run(
            a =>
            {
                a.mov(eax, __dword_ptr[0xe0000]); // "RSD "
                a.sub(eax, 0x20445352);
                a.@out(0xf4, eax);
            },
            new PcMachineOptions { HasDebugExit = true });

        Assert.Equal(1, Assert.IsType<MachineOutcome.GuestExit>(outcome).Status);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(65)]
    public void Cpus_thatCannotBe_areRefused(int cpus)
    {
        using Kvm kvm = OpenKvm();

        Assert.Throws<ArgumentOutOfRangeException>(
            () => new PcMachine(kvm, new PcMachineOptions { Cpus = cpus }));
    }

    private static MachineOutcome Run(
        Action<Assembler> program, PcMachineOptions? options = null, Action<PcMachine>? prepare = null)
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = Prepare(kvm, options ?? new PcMachineOptions(), program);
        prepare?.Invoke(machine);
        machine.Start();
        return machine.Wait();
    }

    private static PcMachine Prepare(Kvm kvm, PcMachineOptions options, Action<Assembler> program)
    {
        PcMachine machine = new(kvm, options);
        machine.Memory.Write(Entry, GuestMachine.Assemble(32, Entry, a =>
        {
            program(a);
            Label forever = a.CreateLabel();
            a.Label(ref forever);
            a.jmp(forever);
        }));
        FlatSegments.Write(machine.Memory, BootAddresses.DescriptorTable);
        machine.StartState = X64StartState.Flat32(Entry);
        return machine;
    }

    private static void Print(Assembler a, string text)
    {
        a.mov(dx, (ushort)0x3f8);
        foreach (byte each in Encoding.ASCII.GetBytes(text))
        {
            a.mov(al, each);
            a.@out(dx, al);
        }
    }

    private static void Out(Assembler a, int port, byte value)
    {
        a.mov(dx, (ushort)port);
        a.mov(al, value);
        a.@out(dx, al);
    }

    internal static Kvm OpenKvm()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        return Kvm.Open();
    }

    private sealed class StringOutput : IByteOutput
    {
        private readonly StringBuilder text = new();

        public string Text => text.ToString();

        public void Write(ReadOnlySpan<byte> data) => text.Append(Encoding.Latin1.GetString(data));
    }
}
