using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

// What a VM of this kind may lack, for those who save all that it has.
public sealed partial class Vcpu
{
    [KvmArchitectures(KvmArchitecture.X64)]
    internal bool HasSpecialRegisters2 => handle.Vm.CheckExtension(KvmCapability.KVM_CAP_SREGS2) != 0;

    [KvmArchitectures(KvmArchitecture.X64)]
    internal bool TryGetLapic(out kvm_lapic_state state)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_LAPIC");
        return Probe.IsThere(handle.Fd.GetLapic(out state), Errno.EINVAL, "KVM_GET_LAPIC", KvmFdKind.Vcpu);
    }
}

public sealed partial class Vm
{
    [KvmArchitectures(KvmArchitecture.X64)]
    internal bool TryGetIrqchip(int chip, out kvm_irqchip state)
    {
        using Held<VmHandle> held = new(handle);
        state = new kvm_irqchip { chip_id = (uint)chip };
        return Probe.IsThere(handle.Fd.GetIrqchip(ref state), Errno.ENXIO, "KVM_GET_IRQCHIP", KvmFdKind.Vm);
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    internal bool TryGetPit(out kvm_pit_state2 state)
    {
        using Held<VmHandle> held = new(handle);
        return Probe.IsThere(handle.Fd.GetPit2(out state), Errno.ENXIO, "KVM_GET_PIT2", KvmFdKind.Vm);
    }
}

internal static class Probe
{
    internal static bool IsThere(int result, int absence, string operation, KvmFdKind kind)
    {
        if (result < 0 && Marshal.GetLastPInvokeError() == absence)
        {
            return false;
        }

        KvmException.ThrowIfError(result, operation, kind);
        return true;
    }
}
