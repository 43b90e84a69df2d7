using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// The x87 and SSE registers (KVM_GET_FPU). They are also in <see cref="GetXsave"/>, with all that newer
    /// processors have.
    /// </summary>
    /// <remarks>KVM fills in no <c>mxcsr</c>, nor takes it: that register is in the XSAVE area.</remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_fpu GetFpu()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_FPU");
        KvmException.ThrowIfError(handle.Fd.GetFpu(out kvm_fpu fpu), "KVM_GET_FPU", KvmFdKind.Vcpu);
        return fpu;
    }

    /// <summary>Sets the x87 and SSE registers (KVM_SET_FPU).</summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetFpu(in kvm_fpu fpu)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_FPU");
        KvmException.ThrowIfError(handle.Fd.SetFpu(in fpu), "KVM_SET_FPU", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// All vector and floating-point state, in its real size (KVM_GET_XSAVE2; KVM_GET_XSAVE where the kernel
    /// has no other, or 4096 bytes hold it).
    /// </summary>
    /// <exception cref="NotSupportedException">The kernel lacks KVM_CAP_XSAVE.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public XsaveArea GetXsave()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_XSAVE");
        XsaveArea area = new(XsaveSize());
        if (area.Size > XsaveArea.LeastSize)
        {
            KvmException.ThrowIfError(handle.Fd.GetXsave2(area.Buffer), "KVM_GET_XSAVE2", KvmFdKind.Vcpu);
        }
        else
        {
            KvmException.ThrowIfError(handle.Fd.GetXsave(area.Buffer), "KVM_GET_XSAVE", KvmFdKind.Vcpu);
        }

        return area;
    }

    /// <summary>Sets all vector and floating-point state (KVM_SET_XSAVE).</summary>
    /// <param name="area">Of the size that <see cref="GetXsave"/> gives for this VM: the kernel reads that
    /// many bytes.</param>
    /// <exception cref="ArgumentException">It has another size than this VM's.</exception>
    /// <exception cref="NotSupportedException">The kernel lacks KVM_CAP_XSAVE.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetXsave(XsaveArea area)
    {
        ArgumentNullException.ThrowIfNull(area);
        using Held<VcpuHandle> held = UseX64State("KVM_SET_XSAVE");
        int size = XsaveSize();
        if (area.Size != size)
        {
            throw new ArgumentException(
                $"the XSAVE area has {area.Size} bytes and this VM's has {size}: take one of the same size, "
                + "from a vCPU of a VM with the same features", nameof(area));
        }

        KvmException.ThrowIfError(handle.Fd.SetXsave(area.Buffer), "KVM_SET_XSAVE", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// The extended control registers (KVM_GET_XCRS): <c>nr_xcrs</c> entries, XCR0 with the enabled
    /// components among them.
    /// </summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_xcrs GetExtendedControlRegisters()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_XCRS");
        KvmException.ThrowIfError(handle.Fd.GetXcrs(out kvm_xcrs registers), "KVM_GET_XCRS", KvmFdKind.Vcpu);
        return registers;
    }

    /// <summary>Sets the extended control registers (KVM_SET_XCRS); CPUID must offer what they
    /// enable.</summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetExtendedControlRegisters(in kvm_xcrs registers)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_XCRS");
        KvmException.ThrowIfError(handle.Fd.SetXcrs(in registers), "KVM_SET_XCRS", KvmFdKind.Vcpu);
    }

    // What KVM_GET_XSAVE2 writes and KVM_SET_XSAVE reads for this VM (api.rst, KVM_GET_XSAVE2); a kernel
    // without that capability, or with a smaller number, keeps to struct kvm_xsave.
    [KvmArchitectures(KvmArchitecture.X64)]
    private int XsaveSize()
    {
        if (handle.Vm.CheckExtension(KvmCapability.KVM_CAP_XSAVE) == 0)
        {
            throw Kvm.MissingCapability(KvmCapability.KVM_CAP_XSAVE);
        }

        int size = handle.Vm.CheckExtension(KvmCapability.KVM_CAP_XSAVE2);
        return Math.Max((size + sizeof(uint) - 1) & -sizeof(uint), XsaveArea.LeastSize);
    }
}
