using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    [KvmArchitectures(KvmArchitecture.Arm64)]
    partial void SetArm64Debug(GuestDebug debug)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_SET_GUEST_DEBUG");
        if (debug.BlockInterrupts || debug.InjectBreakpoint)
        {
            throw new ArgumentException(
                "arm64's KVM neither blocks interrupts for a debugger nor injects breakpoints; leave "
                + "BlockInterrupts and InjectBreakpoint false",
                nameof(debug));
        }

        using Held<VcpuHandle> held = UseState("KVM_SET_GUEST_DEBUG");
        kvm_guest_debug request = new();
        if (!debug.IsOff)
        {
            request.control = (uint)(KvmApi.KVM_GUESTDBG_ENABLE
                | (debug.SingleStep ? KvmApi.KVM_GUESTDBG_SINGLESTEP : 0)
                | (debug.SoftwareBreakpoints ? KvmApi.KVM_GUESTDBG_USE_SW_BP : 0));
        }

        if (!debug.Hardware.IsEmpty)
        {
            request.control |= KvmApi.KVM_GUESTDBG_USE_HW;
            int breaks = Count(KvmCapability.KVM_CAP_GUEST_DEBUG_HW_BPS);
            int watches = Count(KvmCapability.KVM_CAP_GUEST_DEBUG_HW_WPS);
            Span<ulong> breakControls = request.arch.dbg_bcr;
            Span<ulong> breakValues = request.arch.dbg_bvr;
            Span<ulong> watchControls = request.arch.dbg_wcr;
            Span<ulong> watchValues = request.arch.dbg_wvr;
            Arm64DebugRegisters.Encode(
                debug.Hardware, breakControls[..Math.Min(breaks, breakControls.Length)], breakValues,
                watchControls[..Math.Min(watches, watchControls.Length)], watchValues);
        }

        KvmException.ThrowIfError(
            handle.Fd.SetGuestDebug(in request), "KVM_SET_GUEST_DEBUG", KvmFdKind.Vcpu, $"vCPU {Id}");
    }

    [KvmArchitectures(KvmArchitecture.Arm64)]
    partial void CreateArm64Walker(GuestMemory memory, ref GuestPageWalker? walker) =>
        walker = new Arm64PageWalker(memory, new Arm64Paging(
            GetRegister<ulong>(Arm64Registers.Sctlr),
            GetRegister<ulong>(Arm64Registers.Tcr),
            GetRegister<ulong>(Arm64Registers.Ttbr0),
            GetRegister<ulong>(Arm64Registers.Ttbr1)));

    private int Count(KvmCapability registers) => KvmException.ThrowIfError(
        handle.Vm.Fd.CheckExtension((nuint)registers), "KVM_CHECK_EXTENSION", KvmFdKind.Vm);

    [KvmArchitectures(KvmArchitecture.Arm64)]
    partial void GetArm64InstructionAddress(ref ulong address) =>
        address = GetRegister<ulong>(Arm64Registers.Pc);
}
