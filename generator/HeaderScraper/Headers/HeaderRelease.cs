namespace KvmInterop.HeaderScraper.Headers;

/// <summary>A kernel release whose headers this project knows how to fetch.</summary>
/// <param name="Suite">The suite of the distribution that had the packages when they were named.</param>
/// <param name="Packages">The first has <c>linux</c> and <c>asm-generic</c>; each has an <c>asm</c> or
/// more.</param>
internal sealed record HeaderRelease(string Name, string Suite, IReadOnlyList<HeaderPackage> Packages)
{
    /// <summary>In the project's order.</summary>
    public IEnumerable<HeaderArchitecture> Architectures => HeaderArchitecture.All.Where(
        a => Packages.Any(p => p.Provides.Contains(a.Name)));
}

/// <summary>One package file, exactly.</summary>
/// <param name="Source">The source package, which names the folder of the archive's pool.</param>
/// <param name="Architecture">Debian's name, or <c>all</c>.</param>
/// <param name="Provides">The architectures, by our names, whose <c>asm</c> folder is taken from it.</param>
internal sealed record HeaderPackage(
    string Name,
    string Source,
    string Version,
    string Architecture,
    string Sha256,
    IReadOnlyList<string> Provides)
{
    public string FileName => $"{Name}_{FileVersion}_{Architecture}.deb";

    /// <summary>
    /// Where an archive keeps it (Debian's archive layout: pool, area, first letter, source).
    /// </summary>
    public string PoolPath => $"pool/main/{Source[..PoolLetters]}/{Source}/{FileName}";

    // Half of all sources begin with lib: those are sorted by the letter after it too.
    private int PoolLetters => Source.StartsWith("lib", StringComparison.Ordinal) ? 4 : 1;

    // An epoch is part of a version but not of a file name.
    private string FileVersion => Version[(Version.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
