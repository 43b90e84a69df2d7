using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>A GICv3's state from one VM to another, on a real arm64 kernel.</summary>
public class Arm64GicStateTests
{
    private const uint Edge = GicMachine.FirstShared + 1;
    private const uint Level = GicMachine.FirstShared + 20;
    private const int Software = 5;
    private const uint VirtualTimer = 27;

    private static readonly StateSection[] OfTheGic =
        [
            StateSection.Arm64Gic, StateSection.Arm64GicDistributor, StateSection.Arm64GicRedistributor,
            StateSection.Arm64GicCpu,
        ];

    [SkippableFact]
    public void State_withInterruptsPending_deliversThemInTheOtherVm()
    {
        using GicMachine from = new();
        from.RunUntilTaken(0);
        from.Vm.CreateIrqLine(Arm64Irq.Shared(Edge)).Pulse();
        from.Vm.SetIrqLine(Arm64Irq.Shared(Level), true);
        from.Gic.SetRedistributorRegister(0, 0x10200, 1 << Software); // GICR_ISPENDR0
        using GicMachine to = new();
        to.OnTaken = () =>
        {
            if (to.Taken[^1] == Level)
            {
                to.Vm.SetIrqLine(Arm64Irq.Shared(Level), false);
            }
        };

        VmState saved = Restore(from, to);
        to.RunUntilTaken(3);

        Assert.Empty(from.Taken);
        Assert.Equal([(uint)Software, Edge, Level], to.Taken.Order());
        Assert.True(saved is { HasGic: true, HasIrqchip: false });
    }

    [SkippableFact]
    public void State_inTheMiddleOfAnInterrupt_isTheSameInTheOtherVm()
    {
        using GicMachine from = new();
        using GicMachine to = new();
        IInterruptLine line = from.Vm.CreateIrqLine(Arm64Irq.Shared(Edge));
        from.OnReady = line.Pulse;
        from.OnTaken = () =>
        {
            line.Pulse(); // Active and pending.
            from.Machine.Loop.Stop();
        };
        from.RunUntilTaken(1);

        VmState saved = Restore(from, to);

        StateSections there = Sections(saved);
        StateSections here = Sections(Save(to));
        Assert.All(OfTheGic, id => Assert.Equal(there.Need(id), here.Need(id)));
        Assert.NotEqual(0u, to.Gic.GetDistributorRegister(0x304) & 1 << 1); // GICD_ISACTIVER1
        to.RunUntilTaken(1);
        Assert.Equal([Edge], to.Taken);
    }

    [SkippableFact]
    public void State_withATimerSet_interruptsOnceInAll()
    {
        using GicMachine from = new(timer: 3_000_000);
        using GicMachine to = new();
        from.OnReady = from.Machine.Loop.Stop;
        from.RunUntilTaken(int.MaxValue);

        Restore(from, to);
        to.RunUntilTaken(1 - from.Taken.Count);

        Assert.Equal([VirtualTimer], [.. from.Taken, .. to.Taken]);
    }

    [SkippableFact]
    public void State_withAMessagePending_deliversItAndTakesTheNext()
    {
        using ItsMachine from = new();
        using ItsMachine to = new();
        from.Machine.RunUntilTaken(0);
        from.SetUp();
        Assert.True(from.Signal());

        VmState saved = VmState.Parse(Save(from.Machine).ToBytes());
        to.CopyMemoryFrom(from); // After the state: what is pending is written into memory with it.
        saved.Restore(to.Machine.Machine.Kvm, to.Machine.Vm, to.Machine.Machine.Vcpu);
        to.Machine.RunUntilTaken(1);
        Assert.True(to.Signal());
        to.Machine.RunUntilTaken(2);

        Assert.Equal([ItsMachine.FirstLpi, ItsMachine.FirstLpi], to.Machine.Taken);
        using GicMachine without = new();
        Assert.StartsWith(
            "this VM has 0 ITSs and the saved one another number", Refusal(saved, without.Machine),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_toAnotherController_saysWhat()
    {
        using GicMachine machine = new();
        using Arm64Machine bare = new(guest => guest.Call(Arm64Machine.PsciSystemOff));
        GicV3? small = null;
        using Arm64Machine other = new(
            guest => guest.Call(Arm64Machine.PsciSystemOff),
            vm => small = vm.CreateGicV3(
                GicMachine.Distributor, [new GicRedistributorRegion(GicMachine.Redistributor, 1)], 64));
        VmState saved = Save(machine);

        Assert.StartsWith(
            "the saved VM has a GICv3 in the kernel", Refusal(saved, bare), StringComparison.Ordinal);
        Assert.StartsWith(
            "the VM's GICv3 is not in service yet", Refusal(saved, other), StringComparison.Ordinal);
        small!.Initialize();
        Assert.StartsWith(
            "the saved VM's GICv3 has another number of interrupts", Refusal(saved, other),
            StringComparison.Ordinal);
        VmState none = VmState.Save(bare.Kvm, bare.Vm, bare.Vcpu);
        Assert.StartsWith(
            "this VM has a GICv3 in the kernel and the saved one has not", Refusal(none, machine.Machine),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_ofRegistersThatAreTooFew_saysWhich()
    {
        using GicMachine machine = new();
        StateSections sections = Sections(Save(machine));
        foreach (StateSection id in OfTheGic)
        {
            StateSections changed = new(sections.Kind, sections.Architecture);
            foreach (StateSections.Section section in sections.All)
            {
                byte[] bytes = section.Id == id ? section.Bytes[..^8] : section.Bytes;
                changed.Add(section.Id, bytes, section.Instance);
            }

            VmState state = VmState.Parse(StateFormat.Write(changed));

            Assert.Throws<StateException>(
                () => state.Restore(machine.Machine.Kvm, machine.Vm, machine.Machine.Vcpu));
        }
    }

    private static VmState Restore(GicMachine from, GicMachine to)
    {
        byte[] memory = from.Machine.Read(Arm64Machine.Entry, (int)Arm64Machine.MemorySize);
        to.Vm.Memory.Write(Arm64Machine.Entry, memory);
        VmState state = VmState.Parse(Save(from).ToBytes());
        state.Restore(to.Machine.Kvm, to.Vm, to.Machine.Vcpu);
        return state;
    }

    private static VmState Save(GicMachine machine) =>
        VmState.Save(machine.Machine.Kvm, machine.Vm, machine.Machine.Vcpu);

    private static StateSections Sections(VmState state) => StateFormat.Read(state.ToBytes(), StateKind.Vm);

    private static string Refusal(VmState state, Arm64Machine machine) => Assert.Throws<StateException>(
        () => state.Restore(machine.Kvm, machine.Vm, machine.Vcpu)).Message;
}
