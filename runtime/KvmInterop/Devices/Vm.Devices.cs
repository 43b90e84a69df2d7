using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>Makes a device that KVM emulates (KVM_CREATE_DEVICE).</summary>
    /// <param name="type">KVM_DEV_TYPE_VFIO, KVM_DEV_TYPE_ARM_VGIC_V3 or another KVM_DEV_TYPE_
    /// number.</param>
    /// <exception cref="KvmException">The ioctl failed: ENODEV, this kernel has no such device; EEXIST, the
    /// VM has its one already.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public KvmDevice CreateDevice(uint type) => new(KvmDeviceHandle.Create(handle, type), type);

    /// <summary>
    /// Whether this kernel has a type of device, without making one (KVM_CREATE_DEVICE_TEST).
    /// </summary>
    /// <inheritdoc cref="CreateDevice"/>
    public bool HasDevice(uint type)
    {
        using Held<VmHandle> held = new(handle);
        kvm_create_device device = new() { type = type, flags = (uint)KvmApi.KVM_CREATE_DEVICE_TEST };
        int result = handle.Fd.CreateDevice(ref device);
        if (result < 0 && Marshal.GetLastPInvokeError() is Errno.ENODEV or Errno.ENXIO or Errno.ENOTTY)
        {
            return false;
        }

        KvmException.ThrowIfError(result, "KVM_CREATE_DEVICE", KvmFdKind.Vm, $"type {type}");
        return true;
    }

    /// <summary>Whether the VM itself has an attribute (KVM_HAS_DEVICE_ATTR on the VM file).</summary>
    /// <remarks>Such as KVM_S390_VM_MEM_CTRL; see the kernel's devices/vm.rst.</remarks>
    /// <inheritdoc cref="KvmDevice.HasAttribute"/>
    public bool HasAttribute(uint group, ulong attribute)
    {
        using Held<VmHandle> held = new(handle);
        return Attributes.Has(group, attribute);
    }

    /// <summary>Reads an attribute of the VM itself (KVM_GET_DEVICE_ATTR on the VM file).</summary>
    /// <inheritdoc cref="KvmDevice.GetAttribute"/>
    public T GetAttribute<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        using Held<VmHandle> held = new(handle);
        return Attributes.Get<T>(group, attribute);
    }

    /// <summary>Sets an attribute of the VM itself (KVM_SET_DEVICE_ATTR on the VM file).</summary>
    /// <inheritdoc cref="KvmDevice.SetAttribute"/>
    public void SetAttribute<T>(uint group, ulong attribute, in T value)
        where T : unmanaged
    {
        using Held<VmHandle> held = new(handle);
        Attributes.Set(group, attribute, in value);
    }

    private DeviceAttributes Attributes => new(KvmFdKind.Vm, handle.Fd.Value);
}
