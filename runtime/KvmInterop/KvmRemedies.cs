using KvmInterop.Native;
using static KvmInterop.Native.Errno;

namespace KvmInterop;

/// <summary>
/// What an error means where the kernel's document or its source gives one cause, and what to do.
/// </summary>
/// <remarks>
/// Documentation/virt/kvm/api.rst names the errors of each ioctl; a pair that is missing here has none.
/// </remarks>
internal static class KvmRemedies
{
    /// <summary>
    /// A clause that continues the error's sentence, without a full stop; null where there is none.
    /// </summary>
    internal static string? For(string operation, int errno) => operation switch
    {
        "open" => ForOpen(errno),
        "mmap" => ForMap(errno),
        "memfd_create" => errno == ENOSYS ? "this kernel, or the sandbox around, has no memfd" : null,
        "madvise" => ForAdvise(errno),
        "KVM_CREATE_GUEST_MEMFD" => errno == EINVAL ? "this VM's type takes no such file" : null,
        "KVM_GET_API_VERSION" => errno == ENOTTY ? "this file is not the KVM device; name /dev/kvm" : null,
        "KVM_CREATE_VM" => ForCreateVm(errno),
        "KVM_CREATE_VCPU" => ForCreateVcpu(errno),
        "KVM_SET_USER_MEMORY_REGION" or "KVM_SET_USER_MEMORY_REGION2" => ForMemorySlot(errno),
        "KVM_RUN" => ForRun(errno),
        "KVM_GET_ONE_REG" or "KVM_SET_ONE_REG" => ForRegister(errno),
        "KVM_ARM_VCPU_INIT" => ForInitialization(errno),
        "KVM_CREATE_DEVICE" => ForCreateDevice(errno),
        "KVM_GET_DEVICE_ATTR" or "KVM_SET_DEVICE_ATTR" => ForAttribute(errno),
        "epoll_ctl" => ForWatch(errno),
        _ => ForAny(errno),
    }
    ?? ForAny(errno);

    private static string GetKvm => KvmHost.Architecture switch
    {
        KvmArchitecture.X64 =>
            "load the module kvm_intel or kvm_amd, switch virtualization on in the firmware",
        KvmArchitecture.Arm64 =>
            "run a kernel that has KVM and that the firmware starts in hypervisor mode (EL2)",
        _ => "load the module kvm, on a processor that has virtualization",
    };

    private static string? ForOpen(int errno) => errno switch
    {
        ENOENT =>
            $"this system has no KVM device; {GetKvm}, and give a container the device "
            + "(docker run --device /dev/kvm)",
        EACCES =>
            "this user may not use it; join the group that owns it (sudo usermod -aG kvm $USER) and log in "
            + "again",
        EPERM => "this container may not use it; give it the device (docker run --device /dev/kvm)",
        ENODEV or ENXIO =>
            $"the device file is there but no KVM behind it; {GetKvm}",
        EISDIR => "this is a directory, not the KVM device; name /dev/kvm",
        EBUSY => "another hypervisor holds the processor's virtualization; stop it",
        _ => null,
    };

    private static string? ForMap(int errno) => errno switch
    {
        ENOMEM => "the address space or its limits (ulimit -v, vm.max_map_count) have no room for it",
        EACCES => "the file is not open for what the memory needs: reading, and writing if it is shared",
        ENODEV => "this kind of file cannot be mapped",
        _ => null,
    };

    private static string? ForAdvise(int errno) => errno switch
    {
        ENOMEM or EFAULT => "the machine, or this process's control group, has no memory for all of it",
        EINVAL => "populating memory needs Linux 5.14",
        _ => null,
    };

    private static string? ForCreateVm(int errno) => errno switch
    {
        EBUSY => "another hypervisor (VirtualBox, VMware) holds the processor's virtualization; stop it",
        EINVAL => "this kernel does not know the machine type; 0 is the default type",
        ENOMEM => "the kernel has no memory for another VM",
        _ => null,
    };

    private static string? ForCreateVcpu(int errno) => errno switch
    {
        EEXIST => "the VM has a vCPU with this id; give each vCPU its own",
        EINVAL =>
            "the id is too high (see KVM_CAP_MAX_VCPU_ID) or the VM has all its vCPUs (KVM_CAP_MAX_VCPUS)",
        _ => null,
    };

    private static string? ForMemorySlot(int errno) => errno switch
    {
        EEXIST => "the range overlaps another memory slot of the VM",
        EINVAL =>
            "address and size must be whole pages below the processor's physical address limit, and the VM "
            + "may have no more slots than KVM_CAP_NR_MEMSLOTS says",
        ENOMEM => "the kernel has no memory for the slot's tables",
        _ => null,
    };

    private static string? ForRegister(int errno) => errno switch
    {
        ENOENT => "the vCPU has no register with this id; GetRegisterIds lists those that it has",
        ENOEXEC => "the vCPU is no processor yet; initialize it first (KVM_ARM_VCPU_INIT)",
        EINVAL => "the id or its size is no register's, or the register does not take this value",
        EPERM => "the register is not to be had in this state: before KVM_ARM_VCPU_FINALIZE, or after a run",
        _ => null,
    };

    private static string? ForInitialization(int errno) => errno switch
    {
        EINVAL => "this host has no such target, or the VM's vCPUs have other features; take the target of "
            + "KVM_ARM_PREFERRED_TARGET and the same features for all",
        ENOENT => "this kernel does not know one of the features; ask CheckExtension for its capability",
        _ => null,
    };

    private static string? ForCreateDevice(int errno) => errno switch
    {
        ENODEV => "this kernel's KVM, or this host, has no such device; HasDevice tells without making one",
        EEXIST => "the VM has its one device of this kind already",
        _ => null,
    };

    private static string? ForAttribute(int errno) => errno switch
    {
        ENXIO or EPERM => "there is no such attribute here; HasAttribute tells",
        EBUSY => "it is set already, or a vCPU has run or is running; stop the vCPUs first",
        EEXIST => "it is set already, and cannot be changed",
        _ => null,
    };

    private static string? ForWatch(int errno) => errno switch
    {
        EEXIST => "the event loop watches this file already; make one registration do both",
        EPERM => "this kind of file is always ready, so there is nothing to wait for",
        _ => null,
    };

    private static string? ForRun(int errno) => errno switch
    {
        ENOEXEC => "the vCPU is no processor yet; initialize it first (KVM_ARM_VCPU_INIT)",
        EFAULT => "the guest touched memory whose host mapping is gone or cannot be had",
        ENOSYS =>
            "the guest accessed a device with an instruction that this processor does not describe to KVM",
        _ => null,
    };

    private static string? ForAny(int errno) => errno switch
    {
        ENOTTY =>
            "this kernel does not have the ioctl; ask CheckExtension for its capability before using it",
        EIO => "the VM is dead, or belongs to another process (a fork keeps no VM)",
        EMFILE => "this process has all the open files it may have; raise its limit (ulimit -n)",
        ENFILE => "the system has all the open files it may have",
        _ => null,
    };
}
