namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// Finds the packages of a release as a suite has them now: what is done when a suite has moved on.
/// </summary>
internal static class HeaderReleaseFinder
{
    private const string Package = "linux-libc-dev";

    /// <summary>A release as the suite has it now: the known packages in their newest versions.</summary>
    /// <exception cref="HeaderException">The suite has no such version.</exception>
    public static HeaderRelease Find(HeaderRelease known, string aptFolder)
    {
        string[] named = [.. known.Packages.Select(p => p.Architecture).Distinct().Where(a => a != "all")];
        using AptIndex index = AptIndex.Open(
            aptFolder, known.Suite, named.Length > 0 ? named : [OwnArchitecture()]);
        return known with { Packages = [.. known.Packages.Select(p => Find(index, p, known))] };
    }

    /// <summary>
    /// A release that is not known yet. Since 6.12 one package for all architectures has the headers of each.
    /// </summary>
    public static HeaderRelease New(string name, string suite) => new(
        name, suite, [new(Package, "linux", "", "all", "", [.. HeaderArchitecture.All.Select(a => a.Name)])]);

    internal static bool IsOf(string version, string release)
    {
        string upstream = version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return upstream.StartsWith(release + ".", StringComparison.Ordinal)
            || upstream.StartsWith(release + "-", StringComparison.Ordinal);
    }

    private static HeaderPackage Find(AptIndex index, HeaderPackage package, HeaderRelease release)
    {
        IReadOnlyList<AptPackage> there = index.Find(package.Name, package.Architecture);
        AptPackage? found = there.FirstOrDefault(p => IsOf(p.Version, release.Name));
        if (found is null)
        {
            string versions = string.Join(", ", there.Select(p => p.Version).DefaultIfEmpty("nothing"));
            throw new HeaderException(
                $"Of {package.Name} ({package.Architecture}) in {release.Suite} apt finds {versions}, "
                + $"and nothing of release {release.Name}; check the network, "
                + $"name another suite with --suite, or {HeaderException.OwnTree}.");
        }

        return package with { Source = found.Source, Version = found.Version, Sha256 = found.Sha256 };
    }

    // Packages for all architectures are listed in each architecture's index; our own is at hand on every
    // mirror.
    private static string OwnArchitecture()
    {
        string dpkg = Tool.Require("dpkg", "tells this machine's architecture");
        return Tool.Run(dpkg, ["--print-architecture"]).Output.Trim();
    }
}
