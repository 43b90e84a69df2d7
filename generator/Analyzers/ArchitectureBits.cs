using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KvmInterop.Analyzers;

/// <summary>Sets of architectures, with the bits of the generated enum KvmArchitecture.</summary>
internal static class ArchitectureBits
{
    public const int None = 0;

    /// <summary>Where a program of .NET's can meet KVM. There is no .NET for 64-bit MIPS.</summary>
    public const int All = (1 << 7) - 1 - (1 << 5);

    // The order of KvmArchitecture's bits.
    private static readonly string[] Names =
        ["X64", "Arm64", "RiscV64", "S390x", "Ppc64le", "Mips64", "LoongArch64"];

    /// <summary>The bit of a name, whatever its case; 0 for one that KVM does not have.</summary>
    public static int FromName(string name)
    {
        int index = Array.FindIndex(Names, each => each.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? None : 1 << index;
    }

    /// <summary>The bit of a namespace's last part, which is spelled exactly so.</summary>
    public static int FromNamespace(string name)
    {
        int index = Array.IndexOf(Names, name);
        return index < 0 ? None : 1 << index;
    }

    /// <summary>
    /// The bit of a member of System.Runtime.InteropServices.Architecture; 0 for one without KVM.
    /// </summary>
    public static int FromDotNet(object? value) => value switch
    {
        1 => FromName("X64"),
        3 => FromName("Arm64"),
        5 => FromName("S390x"),
        6 => FromName("LoongArch64"),
        8 => FromName("Ppc64le"),
        9 => FromName("RiscV64"),
        _ => None,
    };

    /// <summary><c>X64 or Arm64</c>.</summary>
    public static string Describe(int bits) =>
        string.Join(" or ", Names.Where((_, index) => (bits & (1 << index)) != 0));

    /// <summary>What the project says it runs on; all if it says nothing.</summary>
    public static int OfProject(AnalyzerConfigOptions options)
    {
        if (Read(options, "KvmArchitectures") is { Length: > 0 } named)
        {
            int bits = named.Split(';', ',', ' ').Aggregate(None, (all, name) => all | FromName(name.Trim()));
            return bits == None ? All : bits;
        }

        string identifier = Read(options, "RuntimeIdentifier");
        int one = FromName(identifier.Substring(identifier.LastIndexOf('-') + 1));
        one = one != None ? one : FromName(Read(options, "PlatformTarget"));
        return one != None ? one : All;
    }

    private static string Read(AnalyzerConfigOptions options, string property) =>
        options.TryGetValue("build_property." + property, out string? value) ? value.Trim() : "";
}
