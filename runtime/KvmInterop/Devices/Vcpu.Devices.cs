using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>Whether the vCPU has an attribute (KVM_HAS_DEVICE_ATTR on the vCPU file).</summary>
    /// <remarks>
    /// Such as KVM_VCPU_TSC_OFFSET or KVM_ARM_VCPU_TIMER_IRQ_VTIMER; see the kernel's devices/vcpu.rst.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <inheritdoc cref="KvmDevice.HasAttribute"/>
    public bool HasAttribute(uint group, ulong attribute)
    {
        using Held<VcpuHandle> held = UseState("KVM_HAS_DEVICE_ATTR");
        return Attributes.Has(group, attribute);
    }

    /// <summary>Reads an attribute of the vCPU (KVM_GET_DEVICE_ATTR on the vCPU file).</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <inheritdoc cref="KvmDevice.GetAttribute"/>
    public T GetAttribute<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        using Held<VcpuHandle> held = UseState("KVM_GET_DEVICE_ATTR");
        return Attributes.Get<T>(group, attribute);
    }

    /// <summary>Sets an attribute of the vCPU (KVM_SET_DEVICE_ATTR on the vCPU file).</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <inheritdoc cref="KvmDevice.SetAttribute"/>
    public void SetAttribute<T>(uint group, ulong attribute, in T value)
        where T : unmanaged
    {
        using Held<VcpuHandle> held = UseState("KVM_SET_DEVICE_ATTR");
        Attributes.Set(group, attribute, in value);
    }

    /// <summary>Sets an attribute of the vCPU that has no value: a command.</summary>
    /// <inheritdoc cref="SetAttribute"/>
    public void Command(uint group, ulong attribute)
    {
        using Held<VcpuHandle> held = UseState("KVM_SET_DEVICE_ATTR");
        Attributes.Set(group, attribute, address: 0);
    }

    private DeviceAttributes Attributes => new(KvmFdKind.Vcpu, handle.Fd.Value);
}
