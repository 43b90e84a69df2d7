using KvmInterop.Machine;

namespace KvmInterop.Examples;

/// <summary>A guest ended as it should not have: the program says why, and shows its registers.</summary>
public sealed class GuestFailedException : Exception
{
    private GuestFailedException(VcpuStop stop, StopReport report)
        : base($"{stop}") => Report = report;

    /// <summary>Registers and next instructions.</summary>
    public StopReport Report { get; }

    /// <summary>Looks at the vCPU now, because it may be gone when the exception is caught.</summary>
    public static GuestFailedException Of(VcpuStop stop, Vcpu vcpu, GuestMemory memory) =>
        new(stop, StopReport.Take(vcpu, memory));
}
