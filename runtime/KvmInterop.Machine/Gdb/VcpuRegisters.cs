using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop.Machine;

/// <summary>A vCPU's registers in the form in which GDB has them.</summary>
internal abstract class VcpuRegisters
{
    /// <summary>Those of this process's architecture.</summary>
    /// <exception cref="PlatformNotSupportedException">It is neither x86-64 nor arm64.</exception>
    internal static VcpuRegisters OfThisArchitecture() => KvmHost.Architecture switch
    {
        KvmArchitecture.X64 => new X64Registers(),
        KvmArchitecture.Arm64 => new Arm64Registers(),
        _ => throw new PlatformNotSupportedException(
            "the GDB server knows the registers of x86-64 and arm64, and this process is "
            + $"{RuntimeInformation.ProcessArchitecture}'s"),
    };

    /// <summary>Names, sizes and order.</summary>
    internal abstract GdbRegisterFile File { get; }

    internal abstract void Read(Vcpu vcpu, Span<byte> values);

    internal abstract void Write(Vcpu vcpu, ReadOnlySpan<byte> values);
}
