namespace KvmInterop.HeaderScraper.Verify;

/// <summary>A compiler, the machine it compiles for, and the folders of the headers it reads.</summary>
internal sealed record CompilerTarget(string Compiler, string Triplet, IReadOnlyList<string> IncludeFolders)
{
    private bool IsClang => Path.GetFileName(Compiler).Contains("clang", StringComparison.Ordinal);

    /// <summary>
    /// The language that the headers are written in, without the C library: their own folders are enough.
    /// Every error is wanted, at the line of the probe that caused it and not inside a macro.
    /// </summary>
    public IEnumerable<string> Arguments()
    {
        string[] common = ["-x", "c", "-std=gnu11", "-w", "-ffreestanding", "-nostdinc", "-O2"];
        string[] own = IsClang
            ? ["-target", Triplet, "-ferror-limit=0", "-fno-caret-diagnostics"]
            : ["-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret"];
        return [.. common, .. own, .. IncludeFolders.SelectMany(folder => new[] { "-isystem", folder })];
    }
}
