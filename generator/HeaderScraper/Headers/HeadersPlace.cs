namespace KvmInterop.HeaderScraper.Headers;

/// <summary>The list of releases and the cache that a command works with.</summary>
internal sealed class HeadersPlace
{
    private readonly string? file;

    private HeadersPlace(string? file, HeaderCache cache)
    {
        this.file = file;
        Cache = cache;
        Releases = file is null ? HeaderReleases.ReadBuiltIn() : HeaderReleases.ReadFile(file);
    }

    public HeaderReleases Releases { get; private set; }

    public HeaderCache Cache { get; }

    /// <param name="cache">The folder that the user named, if any.</param>
    /// <param name="remedy">What the user may do where there is no checkout.</param>
    /// <exception cref="HeaderException">None was named and this is no checkout of the project.</exception>
    public static HeadersPlace Find(string? cache, string remedy)
    {
        string? repository = HeaderCache.FindRepository(Directory.GetCurrentDirectory());
        string? file = repository is null ? null : Path.Combine(repository, "headers", "releases.json");
        if (cache is not null)
            return new HeadersPlace(file, new HeaderCache(cache));
        return repository is not null
            ? new HeadersPlace(file, HeaderCache.OfRepository(repository))
            : throw new HeaderException(
                $"This folder is in no checkout of KvmInterop, so there is no headers/cache; {remedy}.");
    }

    /// <summary>Writes a release into the list, as its suite has it now.</summary>
    public void Add(
        string name, string? suite, Action<string> progress, string aptFolder = AptSources.DefaultFolder)
    {
        string list = file ?? throw new InvalidOperationException("the built-in list cannot be written");
        HeaderRelease? old = Releases.Releases.FirstOrDefault(r => r.Name == name);
        HeaderRelease known = old is not null
            ? old with { Suite = suite ?? old.Suite }
            : HeaderReleaseFinder.New(name, suite ?? throw new HeaderException(
                $"{name} is a new release; name the suite that has its headers with --suite SUITE."));
        progress($"{name}: looking into {known.Suite}");
        HeaderRelease found = HeaderReleaseFinder.Find(known, aptFolder);

        IEnumerable<HeaderRelease> others = Releases.Releases.Where(r => r.Name != name);
        Releases = Releases with { Releases = [.. others.Append(found).OrderBy(Order)] };
        File.WriteAllText(list, HeaderReleasesWriter.Write(Releases));
        foreach (HeaderPackage package in found.Packages)
            progress($"{name}: {package.Name} {package.Version} ({package.Architecture})");
        progress($"{name}: written to {list}; fetch it with `kvmgen headers fetch {name}`");
    }

    // 6.12 comes after 6.1, which the order of text would have the other way in 6.2.
    private static Version Order(HeaderRelease release) =>
        Version.TryParse(release.Name, out Version? version) ? version : new Version(0, 0);
}
