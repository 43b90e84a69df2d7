using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A register in which the <c>cpuid</c> instruction answers.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
public enum CpuidRegister
{
    /// <summary>EAX.</summary>
    Eax,

    /// <summary>EBX.</summary>
    Ebx,

    /// <summary>ECX.</summary>
    Ecx,

    /// <summary>EDX.</summary>
    Edx,
}
