using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

/// <summary>
/// The sections of an x86 vCPU's state as records: making it checks that all are there and whole.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal sealed class X64VcpuParts
{
    // KVM_MAX_CPUID_ENTRIES, and more MSRs than any kernel lists.
    private const int MostCpuidEntries = 256;
    private const int MostMsrs = 4096;

    /// <exception cref="StateException">A part is missing, or has another size than its record.</exception>
    internal X64VcpuParts(StateSections state)
    {
        Cpuid = new CpuidTable(
            Bounded(state.GetAll<kvm_cpuid_entry2>(StateSection.X64Cpuid), MostCpuidEntries, "CPUID leaves"));
        TscKhz = state.Get<int>(StateSection.X64TscKhz);
        MachineChecks = Optional<ulong>(state, StateSection.X64MachineChecks);
        SpecialRegisters2 = Optional<kvm_sregs2>(state, StateSection.X64SpecialRegisters2);
        SpecialRegisters =
            SpecialRegisters2 is null ? state.Get<kvm_sregs>(StateSection.X64SpecialRegisters) : default;
        Xsave = state.Need(StateSection.X64Xsave);
        ExtendedControlRegisters = state.Get<kvm_xcrs>(StateSection.X64ExtendedControlRegisters);
        Lapic = Optional<kvm_lapic_state>(state, StateSection.X64Lapic);
        Msrs = Bounded(state.GetAll<kvm_msr_entry>(StateSection.X64Msrs), MostMsrs, "MSRs").ToArray();
        NestedState = state.Find(StateSection.X64NestedState) is byte[] nested ? Nested(nested) : null;
        MpState = state.Get<KvmMpState>(StateSection.MpState);
        Registers = state.Get<kvm_regs>(StateSection.X64Registers);
        DebugRegisters = state.Get<kvm_debugregs>(StateSection.X64DebugRegisters);
        Events = state.Get<kvm_vcpu_events>(StateSection.X64Events);
        if (TscKhz <= 0)
        {
            throw new StateException(
                $"the saved state's time-stamp counter runs at {TscKhz} kHz, which none does");
        }
    }

    internal CpuidTable Cpuid { get; }

    internal int TscKhz { get; }

    internal ulong? MachineChecks { get; }

    internal kvm_sregs2? SpecialRegisters2 { get; }

    internal kvm_sregs SpecialRegisters { get; }

    internal byte[] Xsave { get; }

    internal kvm_xcrs ExtendedControlRegisters { get; }

    internal kvm_lapic_state? Lapic { get; }

    internal kvm_msr_entry[] Msrs { get; }

    internal KvmBuffer<kvm_nested_state, byte>? NestedState { get; }

    internal KvmMpState MpState { get; }

    internal kvm_regs Registers { get; }

    internal kvm_debugregs DebugRegisters { get; }

    internal kvm_vcpu_events Events { get; }

    internal XsaveArea NewXsave()
    {
        XsaveArea area = new(Xsave.Length);
        Xsave.CopyTo(area.Bytes);
        return area;
    }

    private static T? Optional<T>(StateSections state, StateSection id)
        where T : unmanaged =>
        state.Has(id) ? state.Get<T>(id) : null;

    private static ReadOnlySpan<T> Bounded<T>(ReadOnlySpan<T> entries, int most, string what) =>
        entries.Length <= most
            ? entries
            : throw new StateException(
                $"the saved state has {entries.Length:#,0} {what}, more than there are");

    private static KvmBuffer<kvm_nested_state, byte> Nested(byte[] bytes)
    {
        int header = Unsafe.SizeOf<kvm_nested_state>();
        if (bytes.Length < header)
        {
            throw new StateException(
                $"the saved nested state has {bytes.Length} bytes, fewer than its header");
        }

        KvmBuffer<kvm_nested_state, byte> nested = new(bytes.Length - header);
        nested.Header = MemoryMarshal.Read<kvm_nested_state>(bytes);
        if (nested.Header.size != bytes.Length)
        {
            throw new StateException(
                $"the saved nested state has {bytes.Length} bytes and speaks of {nested.Header.size}");
        }

        bytes.AsSpan(header).CopyTo(nested.AllEntries);
        return nested;
    }
}
