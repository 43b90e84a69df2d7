using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Whether a host can offer the features that a saved CPUID tells a guest of.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class X64CpuidCheck
{
    // The leaves that are lists of features (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E), and
    // the bits of them that the processor keeps up to date by itself or that a VMM sets on its own: MONITOR,
    // TSC deadline, OSXSAVE, hypervisor; hyper-threads; OSPKE; cores.
    private static readonly (uint Leaf, uint Subleaf, CpuidRegister Register, uint Free)[] Features =
    [
        (1, 0, CpuidRegister.Ecx, 1u << 3 | 1u << 21 | 1u << 24 | 1u << 27 | 1u << 31),
        (1, 0, CpuidRegister.Edx, 1u << 9 | 1u << 28),
        (7, 0, CpuidRegister.Ebx, 0),
        (7, 0, CpuidRegister.Ecx, 1u << 4),
        (7, 0, CpuidRegister.Edx, 0),
        (7, 1, CpuidRegister.Eax, 0),
        (0xd, 0, CpuidRegister.Eax, 0),
        (0x80000001, 0, CpuidRegister.Ecx, 1u << 1),
        (0x80000001, 0, CpuidRegister.Edx, 1u << 9),
    ];

    /// <exception cref="StateException">A feature is missing here, or the vCPU ran with another
    /// CPUID.</exception>
    internal static void Offers(Kvm kvm, Vcpu vcpu, CpuidTable wanted)
    {
        CpuidTable before = vcpu.GetCpuid();
        if (before.Equals(wanted))
        {
            return;
        }

        CpuidTable supported = CpuidTable.From(kvm.GetSupportedCpuid());
        CpuidTable emulated = CpuidTable.From(kvm.GetEmulatedCpuid());
        CpuidTable kept = KeptByHost(vcpu, before, supported);
        foreach ((uint leaf, uint subleaf, CpuidRegister register, uint free) in Features)
        {
            uint missing = Bits(wanted, leaf, subleaf, register)
                & ~(Bits(supported, leaf, subleaf, register) | Bits(emulated, leaf, subleaf, register)
                    | Bits(kept, leaf, subleaf, register) | free);
            if (missing != 0)
            {
                throw new StateException(
                    $"the saved state of vCPU {vcpu.Id} has processor features that this host lacks (CPUID "
                    + "leaf "
                    + $"0x{leaf:x}.{subleaf}, {register}, bits 0x{missing:x}): restore it on a host that has "
                    + "them");
            }
        }
    }

    // A KVM that cannot catch the instruction lets guests see more than it lists: those bits are in what it
    // gives back.
    private static CpuidTable KeptByHost(Vcpu vcpu, CpuidTable before, CpuidTable supported)
    {
        try
        {
            vcpu.SetCpuid(supported);
            CpuidTable kept = vcpu.GetCpuid();
            vcpu.SetCpuid(before);
            return kept;
        }
        catch (KvmException e) when (e.Errno == Errno.EINVAL)
        {
            throw new StateException(
                $"vCPU {vcpu.Id} ran with another CPUID than the saved state's, and KVM takes no other from then "
                + "on: restore it to a new vCPU", e);
        }
    }

    private static uint Bits(CpuidTable table, uint leaf, uint subleaf, CpuidRegister register)
    {
        kvm_cpuid_entry2 entry = table.Find(leaf, subleaf) ?? default;
        return register switch
        {
            CpuidRegister.Eax => entry.eax,
            CpuidRegister.Ebx => entry.ebx,
            CpuidRegister.Ecx => entry.ecx,
            _ => entry.edx,
        };
    }
}
