using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// KVM_SET_DEVICE_ATTR and its two sisters, which the files of devices, VMs, vCPUs and KVM itself have.
/// </summary>
/// <remarks>The caller holds a reference to the file's handle.</remarks>
internal readonly ref struct DeviceAttributes(KvmFdKind kind, int fd)
{
    internal bool Has(uint group, ulong attribute)
    {
        kvm_device_attr argument = new() { group = group, attr = attribute };
        int result = kind switch
        {
            KvmFdKind.System => new KvmSystemFd(fd).HasDeviceAttr(in argument),
            KvmFdKind.Vm => new KvmVmFd(fd).HasDeviceAttr(in argument),
            KvmFdKind.Vcpu => new KvmVcpuFd(fd).HasDeviceAttr(in argument),
            _ => new KvmDeviceFd(fd).HasDeviceAttr(in argument),
        };

        // ENXIO is the documented no; a file that takes no attributes at all gives one of the others.
        int error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        return error switch
        {
            0 => true,
            Errno.ENXIO or Errno.ENOTTY or Errno.EINVAL or Errno.ENODEV or Errno.EPERM => false,
            _ => throw new KvmException("KVM_HAS_DEVICE_ATTR", error, kind, Detail(group, attribute)),
        };
    }

    internal T Get<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        AttributeValue<T> value = default;
        kvm_device_attr argument = new() { group = group, attr = attribute };
        int result;

        // SAFETY: the kernel writes as many bytes as the attribute has, from the start of this local
        // variable, which does not move; it keeps no pointer. The slack takes what a type that is chosen too
        // small would not.
        unsafe
        {
            argument.addr = (ulong)&value;
            result = kind switch
            {
                KvmFdKind.System => new KvmSystemFd(fd).GetDeviceAttr(ref argument),
                KvmFdKind.Vm => new KvmVmFd(fd).GetDeviceAttr(ref argument),
                KvmFdKind.Vcpu => new KvmVcpuFd(fd).GetDeviceAttr(ref argument),
                _ => new KvmDeviceFd(fd).GetDeviceAttr(ref argument),
            };
        }

        if (result < 0)
        {
            KvmException.ThrowForLastError("KVM_GET_DEVICE_ATTR", kind, Detail(group, attribute));
        }

        return value.Value;
    }

    internal void Set<T>(uint group, ulong attribute, in T data)
        where T : unmanaged
    {
        AttributeValue<T> value = new() { Value = data };

        // SAFETY: the kernel reads as many bytes as the attribute has, from the start of this local variable,
        // which does not move, and keeps no pointer; some also write an answer there. The slack takes what a
        // type that is chosen too small would not.
        unsafe
        {
            Set(group, attribute, (ulong)&value);
        }
    }

    /// <summary>For attributes that are commands, or whose address is a number itself.</summary>
    internal void Set(uint group, ulong attribute, ulong address)
    {
        kvm_device_attr argument = new() { group = group, attr = attribute, addr = address };
        int result = kind switch
        {
            KvmFdKind.Vm => new KvmVmFd(fd).SetDeviceAttr(in argument),
            KvmFdKind.Vcpu => new KvmVcpuFd(fd).SetDeviceAttr(in argument),
            _ => new KvmDeviceFd(fd).SetDeviceAttr(in argument),
        };
        if (result < 0)
        {
            KvmException.ThrowForLastError("KVM_SET_DEVICE_ATTR", kind, Detail(group, attribute));
        }
    }

    private static string Detail(uint group, ulong attribute) => $"group {group}, attribute 0x{attribute:x}";

    [StructLayout(LayoutKind.Sequential)]
    private struct AttributeValue<T>
        where T : unmanaged
    {
        public T Value;
        private Slack slack;
    }

    // More than any attribute has that is a number or an address.
    [InlineArray(8)]
    private struct Slack
    {
        private ulong element;
    }
}
