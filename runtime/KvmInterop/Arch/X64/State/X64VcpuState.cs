using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

/// <summary>
/// An x86 vCPU's state, saved and restored in the order in which KVM loses nothing. ARCHITECTURE.md has it as
/// a table, with the reasons.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class X64VcpuState
{
    // Numbers of the processor's manual (Intel SDM volume 4).
    private const uint TimeStampCounter = 0x10;
    private const uint FeatureControl = 0x3a;
    private const uint MachineCheckCapabilities = 0x179;
    private const int FirstMachineCheckBank = 0x400;
    private const int RegistersOfABank = 4;
    private const uint TscDeadline = 0x6e0;

    internal static void Save(Kvm kvm, Vcpu vcpu, StateSections state)
    {
        state.AddAll(StateSection.X64Cpuid, vcpu.GetCpuid().ToArray().AsSpan());
        state.Add(StateSection.X64TscKhz, vcpu.GetTscKhz());

        // Before the local APIC: a timer that expires between the two is then in one of them, or in both,
        // which is one interrupt all the same.
        kvm_msr_entry[] msrs = SaveMsrs(kvm, vcpu, state);
        SaveSpecialRegisters(vcpu, state);
        state.Add(StateSection.X64Xsave, vcpu.GetXsave().Bytes.ToArray());
        state.Add(StateSection.X64ExtendedControlRegisters, vcpu.GetExtendedControlRegisters());
        if (vcpu.TryGetLapic(out kvm_lapic_state lapic))
        {
            state.Add(StateSection.X64Lapic, in lapic);
        }

        state.AddAll(StateSection.X64Msrs, msrs.AsSpan());
        if (vcpu.GetNestedState() is { } nested)
        {
            state.Add(StateSection.X64NestedState, BytesOf(nested));
        }

        state.Add(StateSection.X64Registers, vcpu.GetRegisters());
        state.Add(StateSection.X64DebugRegisters, vcpu.GetDebugRegisters());

        // Last, because reading other state may still move an event from one place to another.
        state.Add(StateSection.X64Events, vcpu.GetEvents());
    }

    /// <summary>
    /// The sections as records, judged before anything of the vCPU is changed.
    /// </summary>
    internal static X64VcpuParts Check(Kvm kvm, Vm vm, Vcpu vcpu, StateSections state)
    {
        X64VcpuParts parts = new(state);
        int xsave = vcpu.GetXsave().Size;
        if (parts.Xsave.Length != xsave)
        {
            throw new StateException(
                $"the saved state of vCPU {vcpu.Id} has an XSAVE area of {parts.Xsave.Length:#,0} bytes and "
                + $"this VM's has {xsave:#,0}: restore it on a host with the same processor features");
        }

        if (parts.SpecialRegisters2 is not null)
        {
            Need(vm, KvmCapability.KVM_CAP_SREGS2, vcpu);
        }

        if (parts.NestedState is not null)
        {
            Need(vm, KvmCapability.KVM_CAP_NESTED_STATE, vcpu);
        }

        if (vcpu.TryGetLapic(out _) != (parts.Lapic is not null))
        {
            string has = parts.Lapic is null ? "no local APIC" : "a local APIC";
            throw new StateException(
                $"the saved state of vCPU {vcpu.Id} has {has} in the kernel and this VM is otherwise: make "
                + "the "
                + "VM's interrupt controller before its vCPUs as the saved one was");
        }

        X64CpuidCheck.Offers(kvm, vcpu, parts.Cpuid);
        return parts;
    }

    internal static void Restore(Vcpu vcpu, X64VcpuParts parts)
    {
        // All that follows is checked against CPUID. A vCPU that ran takes only the CPUID that it has.
        if (!vcpu.GetCpuid().Equals(parts.Cpuid))
        {
            vcpu.SetCpuid(parts.Cpuid);
        }

        if (vcpu.GetTscKhz() != parts.TscKhz)
        {
            vcpu.SetTscKhz(parts.TscKhz);
        }

        if (parts.MachineChecks is ulong checks && vcpu.GetMsr(MachineCheckCapabilities) != checks)
        {
            vcpu.SetUpMachineChecks(checks);
        }

        if (parts.SpecialRegisters2 is kvm_sregs2 special)
        {
            vcpu.SetSpecialRegisters2(in special);
        }
        else
        {
            vcpu.SetSpecialRegisters(parts.SpecialRegisters);
        }

        RestoreMsrs(vcpu, Array.FindAll(parts.Msrs, msr => msr.index == FeatureControl));
        if (parts.NestedState is { } nested)
        {
            vcpu.SetNestedState(nested);
        }

        vcpu.SetXsave(parts.NewXsave());
        vcpu.SetExtendedControlRegisters(parts.ExtendedControlRegisters);
        if (parts.Lapic is kvm_lapic_state lapic)
        {
            vcpu.SetLapic(in lapic);
        }

        RestoreMsrs(vcpu, parts.Msrs);
        vcpu.SetMpState(parts.MpState);
        vcpu.SetRegisters(parts.Registers);
        vcpu.SetDebugRegisters(parts.DebugRegisters);
        vcpu.SetEvents(parts.Events);
    }

    private static void SaveSpecialRegisters(Vcpu vcpu, StateSections state)
    {
        if (vcpu.HasSpecialRegisters2)
        {
            state.Add(StateSection.X64SpecialRegisters2, vcpu.GetSpecialRegisters2());
        }
        else
        {
            state.Add(StateSection.X64SpecialRegisters, vcpu.GetSpecialRegisters());
        }
    }

    // In the order of restoring: the counter first, because deadlines are compared with it as they are set,
    // and the deadline last.
    private static kvm_msr_entry[] SaveMsrs(Kvm kvm, Vcpu vcpu, StateSections state)
    {
        List<uint> indices = [.. kvm.GetMsrIndices()];
        kvm_msr_entry[] checks = vcpu.GetReadableMsrs([MachineCheckCapabilities], out _);
        if (checks is [{ data: ulong capabilities }])
        {
            state.Add(StateSection.X64MachineChecks, capabilities);
            int registers = RegistersOfABank * (byte)capabilities;
            indices.AddRange(Enumerable.Range(FirstMachineCheckBank, registers).Select(i => (uint)i));
        }

        IEnumerable<uint> inOrder = indices.Distinct()
            .OrderBy(index => index switch { TimeStampCounter => 0, TscDeadline => 2, _ => 1 });
        return vcpu.GetReadableMsrs([.. inOrder], out _);
    }

    private static void RestoreMsrs(Vcpu vcpu, kvm_msr_entry[] msrs)
    {
        foreach (kvm_msr_entry refused in vcpu.SetWritableMsrs(msrs))
        {
            // One that tells what the processor can do may have the value and yet refuse it.
            if (vcpu.GetReadableMsrs([refused.index], out _) is not [{ data: ulong now }]
                || now != refused.data)
            {
                throw new StateException(
                    $"vCPU {vcpu.Id} does not take MSR 0x{refused.index:x} = 0x{refused.data:x} of the saved "
                    + "state: restore it on a host with the same processor and a kernel that is not older");
            }
        }
    }

    private static void Need(Vm vm, KvmCapability capability, Vcpu vcpu)
    {
        if (vm.CheckExtension(capability) == 0)
        {
            throw new StateException(
                $"the saved state of vCPU {vcpu.Id} needs "
                + $"{KvmNames.Capability((int)capability) ?? $"capability {(int)capability}"}, which this "
                + "kernel lacks: restore it on one that has it");
        }
    }

    private static byte[] BytesOf(KvmBuffer<kvm_nested_state, byte> nested) =>
        [.. MemoryMarshal.AsBytes(new ReadOnlySpan<kvm_nested_state>(in nested.Header)), .. nested.Entries];
}
