using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>Architectures that have KVM, as a set.</summary>
[Flags]
public enum KvmArchitecture
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>x86-64.</summary>
    X64 = 1,

    /// <summary>64-bit Arm.</summary>
    Arm64 = 2,

    /// <summary>64-bit RISC-V.</summary>
    RiscV64 = 4,

    /// <summary>IBM Z, big-endian.</summary>
    S390x = 8,

    /// <summary>64-bit Power, little-endian.</summary>
    Ppc64le = 16,

    /// <summary>64-bit MIPS, little-endian.</summary>
    Mips64 = 32,

    /// <summary>64-bit LoongArch.</summary>
    LoongArch64 = 64,
}

/// <summary>
/// The architectures whose headers have a member; without this attribute, all that were generated do.
/// </summary>
[AttributeUsage(AttributeTargets.All, Inherited = false)]
public sealed class KvmArchitecturesAttribute : Attribute
{
    /// <summary>Names the architectures.</summary>
    /// <param name="architectures">Those whose headers have the member.</param>
    public KvmArchitecturesAttribute(KvmArchitecture architectures) => Architectures = architectures;

    /// <summary>Those whose headers have the member.</summary>
    public KvmArchitecture Architectures { get; }
}

/// <summary>The capabilities that tell whether the kernel has an ioctl: any of them.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class KvmCapabilitiesAttribute : Attribute
{
    /// <summary>Names the capabilities.</summary>
    /// <param name="capabilities">As in the header: <c>KVM_CAP_IRQCHIP</c>.</param>
    public KvmCapabilitiesAttribute(params string[] capabilities) => Capabilities = capabilities;

    /// <summary>As in the header.</summary>
    public string[] Capabilities { get; }
}

/// <summary>The machine that this process runs on.</summary>
public static class KvmHost
{
    // RuntimeInformation knows RISC-V since .NET 9; the number is the same wherever the name is missing.
    private const Architecture RiscV64 = (Architecture)9;

    /// <summary>
    /// The architecture of this process; <see cref="KvmArchitecture.None"/> where KVM does not exist. A
    /// constant to the just-in-time compiler, so that choosing by it costs nothing.
    /// </summary>
    public static KvmArchitecture Architecture
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => KvmArchitecture.X64,
            System.Runtime.InteropServices.Architecture.Arm64 => KvmArchitecture.Arm64,
            System.Runtime.InteropServices.Architecture.S390x => KvmArchitecture.S390x,
            System.Runtime.InteropServices.Architecture.Ppc64le => KvmArchitecture.Ppc64le,
            System.Runtime.InteropServices.Architecture.LoongArch64 => KvmArchitecture.LoongArch64,
            RiscV64 => KvmArchitecture.RiscV64,
            _ => KvmArchitecture.None,
        };
    }
}
