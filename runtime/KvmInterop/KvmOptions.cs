namespace KvmInterop;

/// <summary>How <see cref="Kvm.Open(KvmOptions)"/> opens KVM.</summary>
public sealed record KvmOptions
{
    /// <summary>The device file. <c>/dev/kvm</c> unless a container or a test has it elsewhere.</summary>
    public string DevicePath { get; init; } = Kvm.DefaultDevicePath;

    /// <summary>
    /// The real-time signal that calls a vCPU's thread out of KVM_RUN; null for one that neither the C
    /// library nor .NET uses.
    /// </summary>
    /// <remarks>
    /// No handler is installed: the signal stays blocked on the thread and is only let through inside
    /// KVM_RUN. A program that uses real-time signals itself names one here that it does not use.
    /// </remarks>
    public int? KickSignal { get; init; }
}
