using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>How fast the guest's time-stamp counter counts, in kHz (KVM_GET_TSC_KHZ).</summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public int GetTscKhz()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_TSC_KHZ");
        return KvmException.ThrowIfError(handle.Fd.GetTscKhz(), "KVM_GET_TSC_KHZ", KvmFdKind.Vcpu);
    }

    /// <summary>Sets how fast the guest's time-stamp counter counts (KVM_SET_TSC_KHZ).</summary>
    /// <param name="khz">Another number than the host's needs KVM_CAP_TSC_CONTROL (a processor that scales),
    /// or differs by less than the kernel's tolerance.</param>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetTscKhz(int khz)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(khz);
        using Held<VcpuHandle> held = UseX64State("KVM_SET_TSC_KHZ");
        KvmException.ThrowIfError(
            handle.Fd.SetTscKhz((nuint)khz), "KVM_SET_TSC_KHZ", KvmFdKind.Vcpu, $"{khz} kHz");
    }

    /// <summary>
    /// What the guest's time-stamp counter is ahead of the host's, with wrap-around (KVM_VCPU_TSC_OFFSET of
    /// the group KVM_VCPU_TSC_CTRL, by KVM_GET_DEVICE_ATTR).
    /// </summary>
    /// <remarks>
    /// With it, counters of several vCPUs keep their distance to the cycle, which values of the TSC register
    /// that are read one after the other do not (kernel: virt/kvm/devices/vcpu.rst, 4.1).
    /// </remarks>
    /// <exception cref="KvmException">The ioctl failed: ENXIO, the kernel is older than 5.16.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public ulong GetTscOffset()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_DEVICE_ATTR");
        return GetAttribute<ulong>(KvmApi.KVM_VCPU_TSC_CTRL, KvmApi.KVM_VCPU_TSC_OFFSET);
    }

    /// <summary>Sets what <see cref="GetTscOffset"/> gives (KVM_SET_DEVICE_ATTR).</summary>
    /// <inheritdoc cref="GetTscOffset"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetTscOffset(ulong offset)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_DEVICE_ATTR");
        SetAttribute(KvmApi.KVM_VCPU_TSC_CTRL, KvmApi.KVM_VCPU_TSC_OFFSET, in offset);
    }
}
