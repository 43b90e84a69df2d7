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
    /// It gets a handler that does nothing, for the whole process, and is let through on a thread while that
    /// runs a vCPU. A program that uses real-time signals itself names one here that it does not use.
    /// </remarks>
    public int? KickSignal { get; init; }
}
