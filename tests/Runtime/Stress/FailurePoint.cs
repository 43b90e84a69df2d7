namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>Where the life of a VM ends before its time.</summary>
public enum FailurePoint
{
    /// <summary>The VM is there, and a capability that it needs is not.</summary>
    AfterVm,

    /// <summary>Memory at an address that no processor has (KVM_SET_USER_MEMORY_REGION).</summary>
    Memory,

    /// <summary>Memory over other memory, in a file of its own.</summary>
    OverlappingMemory,

    /// <summary>A vCPU with a number that is taken (KVM_CREATE_VCPU).</summary>
    Vcpu,

    /// <summary>A device over another one.</summary>
    Registration,

    /// <summary>An interrupt's eventfd where there is no controller (KVM_IRQFD).</summary>
    IrqFd,

    /// <summary>A port's eventfd for the second time (KVM_IOEVENTFD).</summary>
    IoEventFd,

    /// <summary>A device throws in a run.</summary>
    Run,

    /// <summary>A thread cannot have its processor (<c>sched_setaffinity</c>).</summary>
    GroupStart,

    /// <summary>A device throws on one of several threads.</summary>
    Group,

    /// <summary>The program loses its references, and disposes of nothing.</summary>
    Forgotten,
}
