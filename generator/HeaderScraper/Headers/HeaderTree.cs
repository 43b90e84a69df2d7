namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// An architecture of a tree and the folders that a compiler searches for its headers, in order.
/// </summary>
internal sealed record HeaderTreeArchitecture(
    HeaderArchitecture Architecture, IReadOnlyList<string> IncludeFolders)
{
    public string Name => Architecture.Name;

    public string Triplet => Architecture.Triplet;
}

/// <summary>
/// A tree of kernel headers: what <c>make headers_install</c> makes, for one architecture, or Debian's
/// multiarch layout with one <c>linux</c> folder and an <c>asm</c> folder per architecture. The folder that
/// is named may be the one that has <c>linux/kvm.h</c>, or hold it as <c>include</c> or <c>usr/include</c>.
/// </summary>
internal sealed class HeaderTree
{
    private static readonly string[] Layouts = [".", "include", "usr/include"];

    private string? version;

    private HeaderTree(string include, IReadOnlyList<HeaderTreeArchitecture> architectures)
    {
        Include = include;
        Architectures = architectures;
    }

    /// <summary>The folder that has <c>linux/kvm.h</c>, as a full path.</summary>
    public string Include { get; }

    /// <summary>
    /// The kernel's version by <c>linux/version.h</c>, such as 6.1.176; "unknown" without that file.
    /// </summary>
    /// <remarks>Read when asked for: the regular expressions for it cost a short run of kvmgen
    /// noticeably.</remarks>
    public string Version => version ??= KernelVersion.Read(Include) ?? "unknown";

    /// <summary>In the project's order; never empty.</summary>
    public IReadOnlyList<HeaderTreeArchitecture> Architectures { get; }

    /// <exception cref="HeaderException">The folder is no such tree.</exception>
    public static HeaderTree Open(string folder)
    {
        string include = FindInclude(folder);
        List<HeaderTreeArchitecture> architectures = FindMultiarch(include);
        if (architectures.Count == 0)
            architectures.Add(FindSingle(include));
        return new HeaderTree(include, architectures);
    }

    /// <exception cref="HeaderException">The tree has no such architecture.</exception>
    public HeaderTreeArchitecture this[string name] => Architectures.FirstOrDefault(a => a.Name == name)
        ?? throw new HeaderException(
            $"The header tree {Include} has no {name}; it has {Join(Architectures.Select(a => a.Name))}.");

    private static string FindInclude(string folder)
    {
        if (!Directory.Exists(folder))
            throw new HeaderException($"There is no folder {folder}; {HeaderException.OwnTree}.");
        foreach (string layout in Layouts)
        {
            string include = Path.GetFullPath(Path.Combine(folder, layout));
            if (File.Exists(Path.Combine(include, "linux", "kvm.h")))
                return include;
        }

        // Sources are near enough to be tried, but their headers still have what user space must not see.
        if (File.Exists(Path.Combine(folder, "include", "uapi", "linux", "kvm.h")))
        {
            throw new HeaderException(
                $"{folder} is a kernel's source; run `make headers_install ARCH=... INSTALL_HDR_PATH=DIR` "
                + "there and name DIR.");
        }

        throw new HeaderException(
            $"{folder} has no linux/kvm.h, nor include/linux/kvm.h or usr/include/linux/kvm.h; "
            + $"{HeaderException.OwnTree}.");
    }

    private static List<HeaderTreeArchitecture> FindMultiarch(string include) =>
    [
        .. HeaderArchitecture.All
            .Where(a => File.Exists(Path.Combine(include, a.Triplet, "asm", "kvm.h")))
            .Select(a => new HeaderTreeArchitecture(a, [Path.Combine(include, a.Triplet), include])),
    ];

    private static HeaderTreeArchitecture FindSingle(string include)
    {
        string header = Path.Combine(include, "asm", "kvm.h");
        if (!File.Exists(header))
        {
            throw new HeaderException(
                $"{include} has linux/kvm.h but no asm/kvm.h, neither its own nor one per architecture; "
                + "that architecture has no KVM, or the tree is not complete.");
        }

        string text = File.ReadAllText(header);
        HeaderArchitecture[] found =
            [.. HeaderArchitecture.All.Where(a => text.Contains(a.Marker, StringComparison.Ordinal))];
        return found is [HeaderArchitecture one]
            ? new HeaderTreeArchitecture(one, [include])
            : throw new HeaderException(
                $"{header} is of no architecture that is known here; those are "
                + $"{Join(HeaderArchitecture.All.Select(a => a.Name))}.");
    }

    private static string Join(IEnumerable<string> names) => string.Join(", ", names);
}
