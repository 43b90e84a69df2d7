namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// Where fetched header trees are kept: a folder per release, each in Debian's multiarch layout.
/// </summary>
internal sealed class HeaderCache(string folder)
{
    private const string SolutionFile = "KvmInterop.sln";
    private const string Record = "packages.txt";

    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>The folder above this one that is a checkout of the project, or null.</summary>
    public static string? FindRepository(string from)
    {
        for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                return folder.FullName;
        }

        return null;
    }

    /// <summary>The cache of a checkout.</summary>
    public static HeaderCache OfRepository(string repository) =>
        new(Path.Combine(repository, "headers", "cache"));

    /// <summary>This user's, where the XDG base directory specification wants it.</summary>
    public static HeaderCache OfUser()
    {
        string? caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        string folder = string.IsNullOrEmpty(caches)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
            : caches;
        return new HeaderCache(Path.Combine(folder, "kvmgen", "headers"));
    }

    public string FolderOf(string release) => Path.Combine(Folder, release);

    /// <summary>The fetched tree, or null where there is none.</summary>
    public HeaderTree? TreeOf(string release)
    {
        string folder = FolderOf(release);
        bool isThere = Directory.Exists(Path.Combine(folder, "usr", "include", "linux"));
        return isThere ? HeaderTree.Open(folder) : null;
    }

    /// <summary>Whether exactly these packages were fetched.</summary>
    public bool Has(HeaderRelease release)
    {
        string record = Path.Combine(FolderOf(release.Name), Record);
        return File.Exists(record) && File.ReadAllText(record) == Describe(release);
    }

    /// <summary>Makes a folder that nobody else sees, next to where its content will go.</summary>
    public string NewFolder()
    {
        Directory.CreateDirectory(Folder);
        string folder = Path.Combine(Folder, $".{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>
    /// Puts a complete tree in the place of the release's. A reader sees the old one or the new one.
    /// </summary>
    public void Install(HeaderRelease release, string tree)
    {
        File.WriteAllText(Path.Combine(tree, Record), Describe(release));
        string place = FolderOf(release.Name);
        string? old = null;
        if (Directory.Exists(place))
        {
            old = NewFolder();
            Directory.Delete(old);
            Directory.Move(place, old);
        }

        Directory.Move(tree, place);
        if (old is not null)
            Directory.Delete(old, recursive: true);
    }

    private static string Describe(HeaderRelease release) => string.Concat(
        release.Packages.Select(p => $"{p.FileName} {p.Sha256}\n"));
}
