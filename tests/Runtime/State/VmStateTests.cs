using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>A VM's state as bytes, and back into another VM.</summary>
public class VmStateTests
{
    private const uint Star = 0xc0000081;

    [SkippableFact]
    public void State_savedAndRestored_isInTheOtherVm()
    {
        using X64Machine from = new(vcpus: 2);
        using X64Machine to = new(vcpus: 2);
        from.Vcpus[1].SetRegisters(new kvm_regs { rax = 7, rip = 0x1234, rflags = 2 });
        from.Vcpus[1].SetMsr(Star, 0x1111);
        kvm_irqchip chip = from.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC);
        chip.chip.ioapic.ioregsel = 0x10;
        from.Vm.SetIrqchip(in chip);
        from.Vm.GsiRouting.AddMsiRoute(30, 0xfee00000, 0x41);
        from.Vm.GsiRouting.Apply();

        byte[] bytes = VmState.Save(from.Kvm, from.Vm, from.Vcpus).ToBytes();
        VmState.Parse(bytes).Restore(to.Kvm, to.Vm, to.Vcpus);

        Assert.Equal((7ul, 0x1234ul), (to.Vcpus[1].GetRegisters().rax, to.Vcpus[1].GetRegisters().rip));
        Assert.Equal(0x1111ul, to.Vcpus[1].GetMsr(Star));
        Assert.Equal(from.Vm.GsiRouting.Applied, to.Vm.GsiRouting.Applied);
        Assert.Contains(new GsiRoute.Msi(30, 0xfee00000, 0x41), to.Vm.GsiRouting.Applied);
        Assert.Equal(0x10u, to.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC).chip.ioapic.ioregsel);
        Assert.Equal(KvmMpState.KVM_MP_STATE_UNINITIALIZED, to.Vcpus[1].GetMpState());
    }

    [SkippableFact]
    public void State_parsed_isTheSameBytesAgain()
    {
        using X64Machine machine = new(vcpus: 2);
        VmState state = VmState.Save(machine.Kvm, machine.Vm, machine.Vcpus);

        VmState parsed = VmState.Parse(state.ToBytes());

        Assert.Equal(state.ToBytes(), parsed.ToBytes());
        Assert.Equal([0u, 1u], parsed.Vcpus.Select(vcpu => vcpu.Id));
        Assert.True(parsed is { HasIrqchip: true, HasPit: true, Architecture: KvmArchitecture.X64 });
    }

    [SkippableFact]
    public void State_ofAVcpuAlone_comesBack()
    {
        using X64Machine machine = new(hasChips: false);
        machine.Vcpu.SetRegisters(new kvm_regs { rbx = 5, rflags = 2 });
        byte[] bytes = VcpuState.Save(machine.Kvm, machine.Vcpu).ToBytes();
        machine.Vcpu.SetRegisters(new kvm_regs { rbx = 6, rflags = 2 });

        VcpuState.Parse(bytes).Restore(machine.Kvm, machine.Vm, machine.Vcpu);

        Assert.Equal(5ul, machine.Vcpu.GetRegisters().rbx);
    }

    [SkippableFact]
    public void State_ofASplitIrqchip_hasLocalApicsAndRoutes()
    {
        const int TaskPriority = 0x80;
        using X64Machine from = new(vcpus: 2, split: true);
        using X64Machine to = new(vcpus: 2, split: true);
        kvm_lapic_state lapic = from.Vcpus[1].GetLapic();
        LapicRegisters.Write(ref lapic, TaskPriority, 0x50);
        from.Vcpus[1].SetLapic(in lapic);
        from.Vm.GsiRouting.AddMsiRoute(3, 0xfee01000, 0x45);
        from.Vm.GsiRouting.Apply();

        VmState saved = VmState.Parse(VmState.Save(from.Kvm, from.Vm, from.Vcpus).ToBytes());
        saved.Restore(to.Kvm, to.Vm, to.Vcpus);

        Assert.True(saved is { HasIrqchip: false, HasLocalApics: true, HasPit: false, HasGic: false });
        kvm_lapic_state restored = to.Vcpus[1].GetLapic();
        Assert.Equal(0x50u, LapicRegisters.Read(in restored, TaskPriority));
        Assert.Equal([new GsiRoute.Msi(3, 0xfee01000, 0x45)], to.Vm.GsiRouting.Applied);
        using X64Machine whole = new(vcpus: 2);
        Assert.StartsWith(
            "this VM has interrupt controllers in the kernel and the saved one has not",
            Refusal(() => saved.Restore(whole.Kvm, whole.Vm, whole.Vcpus)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_toAVmThatIsOtherwise_saysWhat()
    {
        using X64Machine two = new(vcpus: 2);
        using X64Machine one = new();
        using X64Machine bare = new(hasChips: false);
        VmState oneVcpu = VmState.Save(one.Kvm, one.Vm, one.Vcpus);

        Assert.Equal(
            "the saved VM has 1 vCPUs and this one 2: make as many",
            Refusal(() => oneVcpu.Restore(two.Kvm, two.Vm, two.Vcpus)));
        Assert.Equal(
            "the saved state is of vCPU 0 and this one has the id 1: make it with the same id",
            Refusal(() => oneVcpu.Restore(two.Kvm, two.Vm, two.Vcpus[1])));
        Assert.StartsWith(
            "the saved state of vCPU 0 has a local APIC in the kernel and this VM is otherwise",
            Refusal(() => oneVcpu.Restore(bare.Kvm, bare.Vm, bare.Vcpus)), StringComparison.Ordinal);
        Assert.StartsWith(
            "the saved state of vCPU 0 has no local APIC in the kernel",
            Refusal(() => VmState.Save(bare.Kvm, bare.Vm, bare.Vcpus).Restore(one.Kvm, one.Vm, one.Vcpus)),
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => oneVcpu.Restore(two.Kvm, two.Vm));
        Assert.Throws<ArgumentException>(
            () => VmState.Save(one.Kvm, one.Vm, one.Vcpu, one.Vcpu));
    }

    [SkippableTheory]
    [InlineData((uint)StateSection.X64Xsave, 64, "an XSAVE area of")]
    [InlineData((uint)StateSection.X64Registers, -8, "part X64Registers has 136 bytes, not 144")]
    [InlineData((uint)StateSection.X64Msrs, -8, "which is no multiple of 16")]
    [InlineData((uint)StateSection.X64Lapic, -1024, "the saved state's part X64Lapic has 0 bytes, not 1,024")]
    public void Restore_ofAPartOfAnotherSize_saysWhich(uint id, int more, string sentence)
    {
        using X64Machine machine = new();
        StateSections sections = Sections(machine);

        StateSections changed = With(sections, (StateSection)id, bytes => new byte[bytes.Length + more]);

        Assert.Contains(sentence, Refusal(() => Restore(machine, changed)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_ofFeaturesThatTheHostLacks_namesThem()
    {
        using X64Machine machine = new();

        // Leaf 7, EBX: all that there is and that may ever be.
        StateSections changed = With(Sections(machine), StateSection.X64Cpuid, bytes =>
        {
            CpuidTable all = new CpuidTable(MemoryMarshal.Cast<byte, kvm_cpuid_entry2>(bytes))
                .WithBits(7, 0, CpuidRegister.Ebx, uint.MaxValue);
            return MemoryMarshal.AsBytes<kvm_cpuid_entry2>(all.ToArray()).ToArray();
        });

        Assert.Contains(
            "processor features that this host lacks (CPUID leaf 0x7.0, "
            + "Ebx", Refusal(() => Restore(machine, changed)),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_ofAnMsrThatNobodyHas_namesIt()
    {
        using X64Machine machine = new();
        kvm_msr_entry none = new() { index = 0xdeadbeef, data = 0x99 };

        StateSections changed = With(
            Sections(machine), StateSection.X64Msrs,
            bytes => [.. bytes, .. MemoryMarshal.AsBytes(new ReadOnlySpan<kvm_msr_entry>(in none))]);

        Assert.StartsWith(
            "vCPU 0 does not take MSR 0xdeadbeef = 0x99 of the saved state",
            Refusal(() => Restore(machine, changed)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Parse_ofBytesCutOffAnywhere_isRefused()
    {
        using X64Machine machine = new(vcpus: 2);
        byte[] bytes = VmState.Save(machine.Kvm, machine.Vm, machine.Vcpus).ToBytes();
        StateSections sections = StateFormat.Read(bytes, StateKind.Vm);
        int start = StateFormat.HeaderSize + (sections.All.Count * StateFormat.EntrySize);
        List<int> places = [0, 1, 7, 8, StateFormat.HeaderSize - 1, StateFormat.HeaderSize, start - 1];
        foreach (StateSections.Section section in sections.All)
        {
            places.AddRange([start, start + 1]);
            start += section.Bytes.Length;
        }

        Assert.Equal(bytes.Length, start);
        Assert.All(places, length => Refusal(() => VmState.Parse(bytes.AsSpan(0, length))));
        Assert.Contains("added to", Refusal(() => VmState.Parse([.. bytes, 0])), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Parse_ofBytesWithOneBitChanged_isRefused()
    {
        using X64Machine machine = new();
        byte[] bytes = VmState.Save(machine.Kvm, machine.Vm, machine.Vcpus).ToBytes();
        Random random = new(4711);
        for (int i = 0; i < 1000; i++)
        {
            int bit = i < 8 * StateFormat.HeaderSize ? i : random.Next(8 * bytes.Length);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            Refusal(() => VmState.Parse(bytes));

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        VmState.Parse(bytes);
    }

    [SkippableFact]
    public void Restore_ofForgedStates_isRefusedOrDoneAndNeverMore()
    {
        using X64Machine machine = new();
        StateSections sections = Sections(machine);
        Random random = new(4712);
        for (int i = 0; i < 300; i++)
        {
            StateSections.Section target = sections.All[random.Next(sections.All.Count)];
            StateSections forged = With(sections, target.Id, bytes => Forge(bytes, random));

            Exception? e = Record.Exception(() => Restore(machine, forged));

            Assert.True(e is null or StateException or KvmException or MsrException, $"{target.Id}: {e}");
        }

        VcpuState.Save(machine.Kvm, machine.Vcpu);
    }

    [Fact]
    public void Parse_ofWhatIsNoState_saysSo()
    {
        Assert.Equal(
            "these bytes are no saved state of KvmInterop, or only the start of one",
            Refusal(() => VmState.Parse(new byte[100])));
        StateSections vcpu = new(StateKind.Vcpu, KvmArchitecture.X64);
        Assert.Equal(
            "the saved state is of kind 1 and not of a Vm (2)",
            Refusal(() => VmState.Parse(StateFormat.Write(vcpu))));
        Assert.Equal(
            "the saved state has 0 vCPUs, which no VM has",
            Refusal(() => VmState.Parse(StateFormat.Write(new(StateKind.Vm, KvmArchitecture.X64)))));
        Assert.Equal(
            "the saved state lacks its part VcpuId; save it again",
            Refusal(() => VcpuState.Parse(StateFormat.Write(vcpu))));
    }

    [SkippableFact]
    public void Restore_ofAnotherArchitecture_saysBoth()
    {
        using X64Machine machine = new();
        StateSections arm = new(StateKind.Vcpu, KvmArchitecture.Arm64);
        arm.Add(StateSection.VcpuId, 0u);

        Assert.Equal(
            "the saved state is of Arm64 and this process runs on X64: restore it on a machine of its "
            + "architecture",
            Refusal(() => Restore(machine, arm)));
    }

    private static byte[] Forge(byte[] bytes, Random random)
    {
        byte[] forged = [.. bytes];
        for (int flips = random.Next(1, 9); flips > 0 && forged.Length > 0; flips--)
        {
            forged[random.Next(forged.Length)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(4) == 0 ? forged[..random.Next(forged.Length + 1)] : forged;
    }

    private static StateSections Sections(X64Machine machine) => StateFormat.Read(
        VcpuState.Save(machine.Kvm, machine.Vcpu).ToBytes(), StateKind.Vcpu);

    private static StateSections With(StateSections sections, StateSection id, Func<byte[], byte[]> change)
    {
        StateSections changed = new(sections.Kind, sections.Architecture);
        foreach (StateSections.Section section in sections.All)
        {
            changed.Add(
                section.Id, section.Id == id ? change(section.Bytes) : section.Bytes, section.Instance);
        }

        return changed;
    }

    private static void Restore(X64Machine machine, StateSections sections) =>
        VcpuState.Parse(StateFormat.Write(sections)).Restore(machine.Kvm, machine.Vm, machine.Vcpu);

    private static string Refusal(Action action) => Assert.Throws<StateException>(action).Message;
}
