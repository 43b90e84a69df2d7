using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The file of a device that KVM emulates, with a reference to the VM.</summary>
internal sealed class KvmDeviceHandle : SafeHandle
{
    private readonly VmHandle vm;

    private KvmDeviceHandle(VmHandle vm)
        : base(-1, ownsHandle: true) => this.vm = vm;

    public override bool IsInvalid => handle < 0;

    internal KvmDeviceFd Fd => new((int)handle);

    internal static KvmDeviceHandle Create(VmHandle vm, uint type)
    {
        bool held = false;
        KvmDeviceHandle? created = null;
        try
        {
            vm.DangerousAddRef(ref held);
            kvm_create_device device = new() { type = type };
            KvmException.ThrowIfError(
                vm.Fd.CreateDevice(ref device), "KVM_CREATE_DEVICE", KvmFdKind.Vm, $"type {type}");
            created = new KvmDeviceHandle(vm);
            created.SetHandle((int)device.fd);
            return created;
        }
        finally
        {
            if (held && created is null)
            {
                vm.DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        bool closed = Libc.Close((int)handle) == 0;
        vm.DangerousRelease();
        return closed;
    }
}
