using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.HeaderScraper.Clang;

/// <summary>What to read: one architecture and the folders that its headers are included from, in
/// order.</summary>
/// <param name="Triple">What clang calls the architecture, with the C library's usual ABI for it.</param>
internal sealed record HeaderSet(string Architecture, string Triple, IReadOnlyList<string> IncludeFolders)
{
    public static HeaderSet Of(HeaderTreeArchitecture architecture) =>
        new(architecture.Name, architecture.Triplet, architecture.IncludeFolders);

    /// <summary>The path of a header by the name that it is included by; null when no folder has
    /// it.</summary>
    public string? Find(string header)
    {
        foreach (string folder in IncludeFolders)
        {
            string path = Path.Combine(folder, header);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    public string[] CompilerArguments()
    {
        // C, never C++, in which the headers' flexible arrays have a size; no limit, or clang stops after 20
        // errors.
        // __SANE_USERSPACE_TYPES__ (asm/types.h of powerpc and mips) makes __u64 'unsigned long long'
        // everywhere, so
        // that a constant's C type does not depend on the architecture; sizes and layouts are the same.
        List<string> arguments =
        [
            "-x", "c", "-std=gnu11", "-target", Triple, "-ferror-limit=0", "-w", "-nostdinc",
            "-D__SANE_USERSPACE_TYPES__",
        ];
        foreach (string folder in IncludeFolders)
        {
            arguments.Add("-isystem");
            arguments.Add(folder);
        }

        return [.. arguments];
    }
}
