namespace KvmInterop.HeaderScraper.Headers;

/// <summary>The list of releases and the cache that a command works with.</summary>
internal sealed class HeadersPlace
{
    private readonly string? repository;

    private HeadersPlace(string? repository, HeaderCache cache)
    {
        this.repository = repository;
        Cache = cache;
        Releases = repository is null
            ? HeaderReleases.ReadBuiltIn()
            : HeaderReleases.ReadFile(ListOf(repository));
    }

    public HeaderReleases Releases { get; private set; }

    public HeaderCache Cache { get; }

    /// <param name="cache">The folder that the user named, if any: otherwise the checkout's, and outside of
    /// one the user's own.</param>
    public static HeadersPlace Find(string? cache)
    {
        string? repository = HeaderCache.FindRepository(Directory.GetCurrentDirectory());
        return new HeadersPlace(
            repository,
            cache is not null ? new HeaderCache(cache)
                : repository is not null ? HeaderCache.OfRepository(repository)
                : HeaderCache.OfUser());
    }

    /// <summary>The checkout's folder for models of a release; null where there is no checkout.</summary>
    public string? Models(string release) =>
        repository is null ? null : Path.Combine(repository, "headers", "models", release);

    /// <summary>Writes a release into the checkout's list, as its suite has it now.</summary>
    /// <exception cref="HeaderException">There is no checkout, or no such release in the suite.</exception>
    public void Add(
        string name, string? suite, Action<string> progress, string aptFolder = AptSources.DefaultFolder)
    {
        string list = ListOf(repository ?? throw new HeaderException(
            "This folder is in no checkout of KvmInterop, whose headers/releases.json this writes; "
            + "run it in one."));
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

    private static string ListOf(string repository) => Path.Combine(repository, "headers", "releases.json");

    // 6.12 comes after 6.1, which the order of text would have the other way in 6.2.
    private static Version Order(HeaderRelease release) =>
        Version.TryParse(release.Name, out Version? version) ? version : new Version(0, 0);
}
