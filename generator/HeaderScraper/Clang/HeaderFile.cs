using ClangSharp.Interop;

namespace KvmInterop.HeaderScraper.Clang;

/// <summary>A header of a translation unit.</summary>
/// <param name="Name">As it is included: <c>asm/kvm.h</c>; empty for the compiler's own text.</param>
internal sealed record HeaderFile(CXFile File, string Name)
{
    /// <summary>Whether its declarations are what is asked for, not only what those need.</summary>
    public bool IsKvm { get; } = Name is "linux/kvm.h" or "asm/kvm.h";
}
