namespace KvmInterop.Native;

/// <summary>The kinds of file that KVM's ioctls are for.</summary>
public enum KvmFdKind
{
    /// <summary>An open <c>/dev/kvm</c>.</summary>
    System,

    /// <summary>A virtual machine, from <c>KVM_CREATE_VM</c>.</summary>
    Vm,

    /// <summary>A virtual CPU, from <c>KVM_CREATE_VCPU</c>.</summary>
    Vcpu,

    /// <summary>An in-kernel device, from <c>KVM_CREATE_DEVICE</c>.</summary>
    Device,
}

/// <summary>
/// The number of an open <c>/dev/kvm</c>, with the ioctls that it takes. It owns nothing: whoever opened it
/// closes it.
/// </summary>
public readonly partial struct KvmSystemFd
{
    /// <summary>Takes the number of an open file.</summary>
    /// <param name="fd">The file descriptor.</param>
    public KvmSystemFd(int fd) => Value = fd;

    /// <summary>The file descriptor.</summary>
    public int Value { get; }
}

/// <summary>
/// The file descriptor of a virtual machine, with the ioctls that it takes. It owns nothing: whoever opened
/// it closes it.
/// </summary>
public readonly partial struct KvmVmFd
{
    /// <summary>Takes the number of an open file.</summary>
    /// <param name="fd">The file descriptor.</param>
    public KvmVmFd(int fd) => Value = fd;

    /// <summary>The file descriptor.</summary>
    public int Value { get; }
}

/// <summary>
/// The file descriptor of a virtual CPU, with the ioctls that it takes. It owns nothing: whoever opened it
/// closes it.
/// </summary>
public readonly partial struct KvmVcpuFd
{
    /// <summary>Takes the number of an open file.</summary>
    /// <param name="fd">The file descriptor.</param>
    public KvmVcpuFd(int fd) => Value = fd;

    /// <summary>The file descriptor.</summary>
    public int Value { get; }
}

/// <summary>
/// The file descriptor of an in-kernel device, with the ioctls that it takes. It owns nothing: whoever opened
/// it closes it.
/// </summary>
public readonly partial struct KvmDeviceFd
{
    /// <summary>Takes the number of an open file.</summary>
    /// <param name="fd">The file descriptor.</param>
    public KvmDeviceFd(int fd) => Value = fd;

    /// <summary>The file descriptor.</summary>
    public int Value { get; }
}
