using KvmInterop.Native;
using KvmInterop.Native.X64;
using static KvmInterop.Native.KvmApi;
using static KvmInterop.Native.X64.KvmApiX64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>Where a linear address leads, as KVM sees it (KVM_TRANSLATE).</summary>
    /// <param name="address">Linear.</param>
    /// <returns>The guest-physical address, or null where the guest's tables map nothing.</returns>
    /// <remarks>
    /// It knows neither the page's size nor its permissions; a <see cref="GuestPageWalker"/> does.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public ulong? TranslateAddress(ulong address)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_TRANSLATE");
        kvm_translation translation = new() { linear_address = address };
        KvmException.ThrowIfError(
            handle.Fd.Translate(ref translation), "KVM_TRANSLATE", KvmFdKind.Vcpu, $"vCPU {Id}");
        return translation.valid != 0 ? translation.physical_address : null;
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    partial void SetX64Debug(GuestDebug debug)
    {
        kvm_guest_debug request = new();
        if (!debug.IsOff)
        {
            request.control = (uint)(KVM_GUESTDBG_ENABLE
                | (debug.SingleStep ? KVM_GUESTDBG_SINGLESTEP : 0)
                | (debug.SoftwareBreakpoints ? KVM_GUESTDBG_USE_SW_BP : 0)
                | (debug.BlockInterrupts ? KVM_GUESTDBG_BLOCKIRQ : 0)
                | (debug.InjectBreakpoint ? KVM_GUESTDBG_INJECT_BP : 0));
        }

        if (!debug.Hardware.IsEmpty)
        {
            request.control |= KVM_GUESTDBG_USE_HW_BP;
            X64DebugRegisters.Encode(debug.Hardware, request.arch.debugreg);
        }

        using Held<VcpuHandle> held = UseX64State("KVM_SET_GUEST_DEBUG");
        KvmException.ThrowIfError(
            handle.Fd.SetGuestDebug(in request), "KVM_SET_GUEST_DEBUG", KvmFdKind.Vcpu, $"vCPU {Id}");
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    partial void CreateX64Walker(GuestMemory memory, ref GuestPageWalker? walker)
    {
        kvm_sregs special = GetSpecialRegisters();
        walker = new X64PageWalker(
            memory, new X64Paging(special.cr0, special.cr3, special.cr4, special.efer));
    }

    /// <summary>16, 32 or 64: how the vCPU decodes instructions, by CS.L, CS.D and EFER.LMA.</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">KVM_GET_SREGS failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public int GetCodeBitness()
    {
        kvm_sregs special = GetSpecialRegisters();
        return X64Mode.Bitness(in special);
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    partial void GetX64InstructionAddress(ref ulong address)
    {
        kvm_sregs special = GetSpecialRegisters();
        ulong linear = special.cs.@base + GetRegisters().rip;
        address = X64Mode.Bitness(in special) == 64 ? linear : (uint)linear;
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    partial void DropX64Exception()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_VCPU_EVENTS");
        KvmException.ThrowIfError(
            handle.Fd.GetVcpuEvents(out kvm_vcpu_events events), "KVM_GET_VCPU_EVENTS", KvmFdKind.Vcpu);
        events.exception.pending = 0;
        events.exception.injected = 0;
        KvmException.ThrowIfError(
            handle.Fd.SetVcpuEvents(in events), "KVM_SET_VCPU_EVENTS", KvmFdKind.Vcpu);
    }
}
