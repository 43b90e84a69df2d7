namespace KvmInterop.HeaderScraper.Verify;

/// <summary>A compiler, the architecture it compiles for, and the headers it reads.</summary>
internal sealed record CompilerTarget(string Compiler, string Architecture, string HeaderTree)
{
    private static readonly Dictionary<string, string> Triplets = new(StringComparer.Ordinal)
    {
        ["x64"] = "x86_64-linux-gnu",
        ["arm64"] = "aarch64-linux-gnu",
        ["riscv64"] = "riscv64-linux-gnu",
        ["s390x"] = "s390x-linux-gnu",
        ["ppc64le"] = "powerpc64le-linux-gnu",
        ["mips64"] = "mips64el-linux-gnuabi64",
        ["loongarch64"] = "loongarch64-linux-gnu",
    };

    private bool IsClang => Path.GetFileName(Compiler).Contains("clang", StringComparison.Ordinal);

    public static string TripletOf(string architecture) => Triplets[architecture];

    /// <summary>
    /// The language that the headers are written in, without the C library: their own folders are enough.
    /// Every error is wanted, at the line of the probe that caused it and not inside a macro.
    /// </summary>
    public IEnumerable<string> Arguments()
    {
        string[] common = ["-x", "c", "-std=gnu11", "-w", "-ffreestanding", "-nostdinc", "-O0"];
        string[] own = IsClang
            ? ["-target", Triplets[Architecture], "-ferror-limit=0", "-fno-caret-diagnostics"]
            : ["-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret"];
        return [.. common, .. own, .. IncludeFolders().SelectMany(folder => new[] { "-isystem", folder })];
    }

    /// <summary>One folder, or the two of Debian's multiarch layout.</summary>
    private IEnumerable<string> IncludeFolders()
    {
        foreach (string below in (string[])["", "include", "usr/include"])
        {
            string folder = Path.Combine(HeaderTree, below);
            if (File.Exists(Path.Combine(folder, "linux/kvm.h")))
            {
                string perArchitecture = Path.Combine(folder, Triplets[Architecture]);
                return Directory.Exists(perArchitecture) ? [perArchitecture, folder] : [folder];
            }
        }

        throw new VerifyFailure($"{HeaderTree} has no linux/kvm.h; name a kernel's include folder.");
    }
}
