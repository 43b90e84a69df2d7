using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Kvm
{
    /// <summary>Whether KVM itself has an attribute (KVM_HAS_DEVICE_ATTR on <c>/dev/kvm</c>).</summary>
    /// <remarks>Such as KVM_X86_XCOMP_GUEST_SUPP. Needs KVM_CAP_SYS_ATTRIBUTES, or there is none.</remarks>
    /// <inheritdoc cref="KvmDevice.HasAttribute"/>
    public bool HasAttribute(uint group, ulong attribute)
    {
        using Held<KvmHandle> held = new(handle);
        return new DeviceAttributes(KvmFdKind.System, handle.Fd.Value).Has(group, attribute);
    }

    /// <summary>Reads an attribute of KVM itself (KVM_GET_DEVICE_ATTR on <c>/dev/kvm</c>).</summary>
    /// <inheritdoc cref="KvmDevice.GetAttribute"/>
    public T GetAttribute<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        using Held<KvmHandle> held = new(handle);
        return new DeviceAttributes(KvmFdKind.System, handle.Fd.Value).Get<T>(group, attribute);
    }
}
