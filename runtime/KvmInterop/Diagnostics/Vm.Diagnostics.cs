using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>
    /// What the VM is called in meters, events and messages: <c>vm1</c>, <c>vm2</c> and so on, until it is
    /// given another name. Two VMs may have the same.
    /// </summary>
    public string Name
    {
        get => handle.Name;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            handle.Name = value;
        }
    }

    /// <summary>Opens the kernel's statistics of this VM (KVM_GET_STATS_FD).</summary>
    /// <returns>To be disposed; until then the kernel keeps the VM.</returns>
    /// <exception cref="NotSupportedException">This kernel lacks KVM_CAP_BINARY_STATS_FD (before
    /// 5.14).</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public KvmStatistics OpenStatistics()
    {
        using Held<VmHandle> held = new(handle);
        Require(KvmCapability.KVM_CAP_BINARY_STATS_FD);
        return KvmStatistics.Open(handle, handle.Fd.GetStatsFd(), KvmFdKind.Vm);
    }
}
