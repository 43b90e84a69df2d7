using static KvmInterop.Native.Errno;

namespace KvmInterop;

internal static partial class KvmRemedies
{
    private const string MissingEntry = "the list has no room for all entries; give it more and call again";
    private const string NoLocalApic =
        "the vCPU has no local APIC in the kernel; create the interrupt controller before the vCPU";
    private const string NoSlotToLog =
        "there is no memory slot with this number, or its dirty pages are not logged";
    private const string RingInstead =
        "the VM reports dirty pages by ring alone; read the ring of each vCPU instead";
    private const string UnknownRegister =
        "the vCPU has no register with this id; GetRegisterIds lists those that it has";
    private const string NotInitialized =
        "the vCPU is no processor yet; initialize it first (KVM_ARM_VCPU_INIT)";
    private const string RegisterValue =
        "the id or its size is no register's, or the register does not take this value";
    private const string RegisterState =
        "the register is not to be had in this state: before KVM_ARM_VCPU_FINALIZE, or after a run";
    private const string SlotShape =
        "address and size must be whole pages below the processor's physical address limit, a slot keeps its "
        + "size and its flag for read-only until it is deleted, and the VM may have no more slots than "
        + "KVM_CAP_NR_MEMSLOTS says";
    private const string NoAttribute =
        "there is no such attribute on this kernel and hardware; HasAttribute tells";
    private const string AttributeState =
        "the attribute cannot be read or written in this state of the VM; see the device's document";

    // The document's errors first; what it leaves out is from the functions that it describes, in virt/kvm
    // and arch/*/kvm.
    internal static readonly (string Operation, int Errno, string Remedy)[] Rows =
    [
        ("KVM_GET_API_VERSION", ENOTTY, "this file is not the KVM device; name /dev/kvm"),

        ("KVM_CREATE_VM", EBUSY,
            "another hypervisor (VirtualBox, VMware) holds the processor's virtualization; stop it"),
        ("KVM_CREATE_VM", EINVAL, "this kernel does not know the machine type; 0 is the default type"),
        ("KVM_CREATE_VM", ENOMEM, "the kernel has no memory for another VM"),

        ("KVM_CREATE_VCPU", EEXIST, "the VM has a vCPU with this id; give each vCPU its own"),
        ("KVM_CREATE_VCPU", EINVAL,
            "the id is too high (see KVM_CAP_MAX_VCPU_ID) or the VM has all its vCPUs (KVM_CAP_MAX_VCPUS)"),
        ("KVM_CREATE_VCPU", EBUSY,
            "the VM's interrupt controller is initialized already; create all vCPUs before that"),

        ("KVM_SET_USER_MEMORY_REGION", EEXIST, "the range overlaps another memory slot of the VM"),
        ("KVM_SET_USER_MEMORY_REGION", EINVAL, SlotShape),
        ("KVM_SET_USER_MEMORY_REGION", ENOMEM, "the kernel has no memory for the slot's tables"),
        ("KVM_SET_USER_MEMORY_REGION2", EEXIST,
            "the range overlaps another memory slot of the VM, or another slot has this part of the memfd"),
        ("KVM_SET_USER_MEMORY_REGION2", EINVAL, SlotShape),
        ("KVM_SET_USER_MEMORY_REGION2", ENOMEM, "the kernel has no memory for the slot's tables"),
        ("KVM_CREATE_GUEST_MEMFD", EINVAL,
            "this VM's type takes no such file, the size is not whole pages, or KVM_CAP_GUEST_MEMFD_FLAGS "
            + "does not name the flags"),
        ("KVM_SET_MEMORY_ATTRIBUTES", EINVAL,
            "the range must be whole pages, and the attributes those that KVM_CAP_MEMORY_ATTRIBUTES names"),
        ("KVM_GET_DIRTY_LOG", ENOENT, NoSlotToLog),
        ("KVM_GET_DIRTY_LOG", ENXIO, RingInstead),
        ("KVM_CLEAR_DIRTY_LOG", ENOENT, NoSlotToLog),
        ("KVM_CLEAR_DIRTY_LOG", ENXIO, RingInstead),
        ("KVM_CLEAR_DIRTY_LOG", EINVAL,
            "first page and number of pages must be multiples of 64 within the slot (the last part may be "
            + "shorter)"),
        ("KVM_RESET_DIRTY_RINGS", EINVAL, "the VM has no dirty rings; enable KVM_CAP_DIRTY_LOG_RING first"),

        ("KVM_RUN", ENOEXEC, NotInitialized),
        ("KVM_RUN", EFAULT, "the guest touched memory whose host mapping is gone or cannot be had"),
        ("KVM_RUN", EHWPOISON, "the guest touched memory that is broken in hardware"),
        ("KVM_RUN", ENOSYS,
            "the guest accessed a device with an instruction that this processor does not describe to KVM"),
        ("KVM_RUN", EPERM, "the vCPU's features are not final; call KVM_ARM_VCPU_FINALIZE first"),

        ("KVM_SET_SREGS", EINVAL,
            "control registers, EFER and segments contradict each other, or have bits that the vCPU's CPUID "
            + "does not offer"),
        ("KVM_SET_SREGS2", EINVAL,
            "control registers, EFER and segments contradict each other, or have bits that the vCPU's CPUID "
            + "does not offer"),
        ("KVM_GET_XSAVE", EINVAL, "the guest's state is larger than this call's 4 KiB; use KVM_GET_XSAVE2"),
        ("KVM_SET_XSAVE", EINVAL, "the state has features that this host or the vCPU's CPUID lacks"),
        ("KVM_SET_XCRS", EINVAL, "XCR0 has bits that the vCPU's CPUID does not offer, or lacks bit 0"),
        ("KVM_SET_DEBUGREGS", EINVAL, "the upper halves of dr6 and dr7, and the flags, must be 0"),
        ("KVM_SET_VCPU_EVENTS", EINVAL,
            "the events contradict each other, or flags name parts that the VM did not enable"),
        ("KVM_SET_MP_STATE", EINVAL,
            "this vCPU cannot be in that state; without an interrupt controller in the kernel it is always "
            + "runnable"),
        ("KVM_GET_LAPIC", EINVAL, NoLocalApic),
        ("KVM_SET_LAPIC", EINVAL, NoLocalApic),
        ("KVM_GET_NESTED_STATE", E2BIG, "the buffer is too small; its size is now the one that is needed"),
        ("KVM_SET_NESTED_STATE", EINVAL, "the state does not fit the vCPU's CPUID, EFER and MSRs"),
        ("KVM_GET_SUPPORTED_CPUID", E2BIG, MissingEntry),
        ("KVM_GET_EMULATED_CPUID", E2BIG, MissingEntry),
        ("KVM_GET_CPUID2", E2BIG, MissingEntry),
        ("KVM_SET_CPUID2", E2BIG, "the list has more entries than the kernel takes (256)"),
        ("KVM_SET_CPUID2", EINVAL,
            "an entry names what this host cannot give, or the vCPU has run: from then on its CPUID stays"),
        ("KVM_GET_MSR_INDEX_LIST", E2BIG, MissingEntry),
        ("KVM_GET_MSR_FEATURE_INDEX_LIST", E2BIG, MissingEntry),
        ("KVM_GET_MSRS", E2BIG, "a call takes at most 255 registers; make several"),
        ("KVM_SET_MSRS", E2BIG, "a call takes at most 255 registers; make several"),
        ("KVM_GET_REG_LIST", E2BIG, MissingEntry),
        ("KVM_GET_TSC_KHZ", EIO, "the host's time stamp counter is not stable"),
        ("KVM_SET_TSC_KHZ", EINVAL,
            "the host cannot give the guest this frequency; without KVM_CAP_TSC_CONTROL only its own"),
        ("KVM_X86_SETUP_MCE", EINVAL,
            "the number of banks or a capability is not offered; ask KVM_X86_GET_MCE_CAP_SUPPORTED"),
        ("KVM_X86_SET_MCE", EINVAL, "there is no such bank, or the status lacks its bit VAL"),
        ("KVM_SET_GUEST_DEBUG", EBUSY, "an exception is pending; run the vCPU until it is delivered"),
        ("KVM_SET_SIGNAL_MASK", EINVAL, "the set must have the size of the kernel's own, 8 bytes"),
        ("KVM_GET_ONE_REG", ENOENT, UnknownRegister),
        ("KVM_GET_ONE_REG", ENOEXEC, NotInitialized),
        ("KVM_GET_ONE_REG", EINVAL, RegisterValue),
        ("KVM_GET_ONE_REG", EPERM, RegisterState),
        ("KVM_SET_ONE_REG", ENOENT, UnknownRegister),
        ("KVM_SET_ONE_REG", ENOEXEC, NotInitialized),
        ("KVM_SET_ONE_REG", EINVAL, RegisterValue),
        ("KVM_SET_ONE_REG", EPERM, RegisterState),
        ("KVM_ARM_PREFERRED_TARGET", ENODEV, "this host has no processor that KVM can give to guests"),
        ("KVM_ARM_VCPU_INIT", EINVAL,
            "this host has no such target, or the VM's vCPUs have other features; take the target of "
            + "KVM_ARM_PREFERRED_TARGET and the same features for all"),
        ("KVM_ARM_VCPU_INIT", ENOENT,
            "this kernel does not know one of the features; ask CheckExtension for its capability"),
        ("KVM_ARM_VCPU_INIT", EEXIST, "the vCPU has another set of features already; they cannot change"),
        ("KVM_ARM_VCPU_FINALIZE", EPERM, "the feature was not asked for, or is final already"),
        ("KVM_ARM_VCPU_FINALIZE", EINVAL, "this feature needs no call to become final"),

        ("KVM_CREATE_IRQCHIP", EEXIST, "the VM has an interrupt controller; it can have one"),
        ("KVM_CREATE_IRQCHIP", EINVAL, "the VM has a vCPU; create the interrupt controller first"),
        ("KVM_CREATE_IRQCHIP", ENODEV, "this host has no GICv2; create a GICv3 by KVM_CREATE_DEVICE"),
        ("KVM_CREATE_PIT2", EEXIST, "the VM has a timer chip; it can have one"),
        ("KVM_CREATE_PIT2", ENOENT, "the timer chip needs an interrupt controller; create that first"),
        ("KVM_IRQ_LINE", ENXIO, "the VM has no interrupt controller in the kernel; create it first"),
        ("KVM_IRQ_LINE_STATUS", ENXIO, "the VM has no interrupt controller in the kernel; create it first"),
        ("KVM_SIGNAL_MSI", EINVAL,
            "the VM has no interrupt controller in the kernel that takes messages, or the flags are wrong"),
        ("KVM_SET_GSI_ROUTING", EINVAL,
            "an entry has an unknown type, chip or pin, a flag that its type does not take, or there are "
            + "more than KVM_CAP_IRQ_ROUTING says"),
        ("KVM_IRQFD", EINVAL,
            "the VM has no interrupt controller in the kernel, or the file is no eventfd"),
        ("KVM_IRQFD", EBUSY, "the eventfd raises an interrupt already; each has one"),
        ("KVM_IRQFD", EBADF, "the eventfd is closed"),
        ("KVM_IOEVENTFD", EEXIST,
            "another eventfd is registered for this address, length and datum; remove it first"),
        ("KVM_IOEVENTFD", EINVAL,
            "the length must be 0, 1, 2, 4 or 8 (with a datum not 0), and the range may not wrap round"),
        ("KVM_IOEVENTFD", ENOENT, "no eventfd is registered for this address, length and datum"),
        ("KVM_IOEVENTFD", ENOSPC, "the VM has as many devices on its bus as the kernel allows"),
        ("KVM_IOEVENTFD", EBADF, "the eventfd is closed"),
        ("KVM_INTERRUPT", EEXIST, "an interrupt waits already; run the vCPU until it is delivered"),
        ("KVM_INTERRUPT", EINVAL, "a vector is 0 to 255"),
        ("KVM_INTERRUPT", ENXIO,
            "the interrupt controller is in the kernel; raise its lines, or create none"),
        ("KVM_SET_IDENTITY_MAP_ADDR", EINVAL, "the VM has a vCPU; set the address before the first"),
        ("KVM_SET_TSS_ADDR", EINVAL, "the three pages must be below 4 GiB"),
        ("KVM_SET_BOOT_CPU_ID", EBUSY, "the VM has a vCPU; set the boot processor before the first"),
        ("KVM_ENABLE_CAP", EINVAL,
            "this kernel has no such capability to enable here, its arguments are wrong, or it is too late "
            + "in the VM's life"),
        ("KVM_CREATE_DEVICE", ENODEV,
            "this kernel's KVM, or this host, has no such device; HasDevice tells without making one"),
        ("KVM_CREATE_DEVICE", EEXIST, "the VM has a device of this type; it can have one"),
        ("KVM_HAS_DEVICE_ATTR", ENXIO, NoAttribute),
        ("KVM_GET_DEVICE_ATTR", ENXIO, NoAttribute),
        ("KVM_SET_DEVICE_ATTR", ENXIO, NoAttribute),
        ("KVM_GET_DEVICE_ATTR", EPERM, AttributeState),
        ("KVM_SET_DEVICE_ATTR", EPERM, AttributeState),
        ("KVM_SET_DEVICE_ATTR", EBUSY,
            "the device is in use or initialized already, or a vCPU runs; set it before that"),
        ("KVM_SET_DEVICE_ATTR", EEXIST, "the attribute can be set once, and was"),

        ("mmap", ENOMEM,
            "the address space or its limits (ulimit -v, vm.max_map_count) have no room for it; huge pages "
            + "must be set aside (vm.nr_hugepages)"),
        ("mmap", EACCES,
            "the file is not open for what the memory needs: reading, and writing if it is shared"),
        ("mmap", ENODEV, "this kind of file cannot be mapped"),
        ("mmap", EPERM, "memory may not be locked or executable here; raise the limit (ulimit -l)"),
        ("memfd_create", ENOSYS, "this kernel, or the sandbox around, has no memfd"),
        ("madvise", ENOMEM, "the machine, or this process's control group, has no memory for all of it"),
        ("madvise", EFAULT, "the machine, or this process's control group, has no memory for all of it"),
        ("madvise", EINVAL, "populating memory needs Linux 5.14"),
        ("epoll_ctl", EEXIST, "the event loop watches this file already; make one registration do both"),
        ("epoll_ctl", EPERM, "this kind of file is always ready, so there is nothing to wait for"),
        ("sched_setaffinity", EINVAL, "none of these processors is there, or allowed to this process"),
    ];
}
