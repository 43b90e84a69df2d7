using System.Security.Cryptography;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>Brings the header trees of known releases into a cache.</summary>
/// <param name="progress">Takes a line for each step.</param>
internal sealed class HeaderFetcher(
    HeaderCache cache, Action<string> progress, string aptFolder = AptSources.DefaultFolder)
{
    // Of a release's packages only these are kept: what linux/kvm.h and what it includes can need.
    private static readonly string[] CommonFolders = ["linux", "asm-generic"];

    /// <summary>Fetches a release, unless its exact packages were fetched before.</summary>
    /// <exception cref="HeaderException">It cannot be; then the cache is as it was.</exception>
    public void Fetch(HeaderRelease release)
    {
        if (cache.Has(release))
        {
            progress($"{release.Name}: already there, {cache.FolderOf(release.Name)}");
            return;
        }

        AptDownload download = new(aptFolder);
        string temporary = cache.NewFolder();
        try
        {
            string tree = Path.Combine(temporary, "tree");
            string include = Path.Combine(tree, "usr", "include");
            foreach (HeaderPackage package in release.Packages)
            {
                progress($"{release.Name}: {package.Name} {package.Version} ({package.Architecture})");
                string file = Path.Combine(temporary, package.FileName);
                download.Fetch(package, release.Name, file);
                Check(package, release.Name, file);
                Unpack(package, DebPackage.Read(file), include, isFirst: package == release.Packages[0]);
            }

            cache.Install(release, tree);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }

        HeaderTree fetched = cache.TreeOf(release.Name)!;
        string architectures = string.Join(", ", fetched.Architectures.Select(a => a.Name));
        progress($"{release.Name}: {fetched.Version} for {architectures}");
    }

    internal static void Check(HeaderPackage package, string release, string file)
    {
        using FileStream stream = File.OpenRead(file);
        string found = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (found != package.Sha256)
        {
            throw new HeaderException(
                $"{package.FileName} of release {release} has the sha256 {found} and not {package.Sha256}, "
                + "so it is not used; fetch again later, and change releases.json only if you know why.");
        }
    }

    private static void Unpack(HeaderPackage package, DebPackage content, string include, bool isFirst)
    {
        if (isFirst)
        {
            foreach (string folder in CommonFolders)
                Extract(package, content, $"usr/include/{folder}", Path.Combine(include, folder));
        }

        // A -cross package has the plain folders under usr/TRIPLET/include instead.
        foreach (string triplet in package.Provides.Select(Triplet))
        {
            Extract(
                package, content, $"usr/include/{triplet}/asm", Path.Combine(include, triplet, "asm"),
                $"usr/{triplet}/include/asm");
        }
    }

    private static void Extract(
        HeaderPackage package, DebPackage content, string folder, string target, string? elsewhere = null)
    {
        if (content.Extract(elsewhere is null ? [folder] : [folder, elsewhere], target) == 0)
        {
            throw new HeaderException(
                $"{package.FileName} has no {folder}; name a package that has it in headers/releases.json.");
        }
    }

    private static string Triplet(string architecture) => HeaderArchitecture.Find(architecture)?.Triplet
        ?? throw new HeaderException(
            $"headers/releases.json provides {architecture}, which is no architecture of ours; correct it.");
}
