namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// The packages of a suite, by a private root of apt's: own sources, lists and status, nothing of the system
/// is touched. apt checks the archive's signature, so the checksums that it lists can be relied upon.
/// </summary>
internal sealed class AptIndex : IDisposable
{
    private static readonly string[] Folders =
        ["etc/preferences.d", "etc/apt.conf.d", "lists/partial", "cache/archives/partial"];

    private readonly string root;
    private readonly string show;

    private AptIndex(string root, string show)
    {
        this.root = root;
        this.show = show;
    }

    private string Configuration => Path.Combine(root, "apt.conf");

    /// <exception cref="HeaderException">There is no apt.</exception>
    public static AptIndex Open(string aptFolder, string suite, IReadOnlyList<string> architectures)
    {
        string update = Tool.Require("apt-get", "reads the list of a suite's packages");
        string show = Tool.Require("apt-cache", "looks up packages");
        AptIndex index = new(Directory.CreateTempSubdirectory("kvmgen-apt-").FullName, show);
        foreach (string folder in Folders)
            Directory.CreateDirectory(Path.Combine(index.root, folder));
        File.WriteAllText(Path.Combine(index.root, "status"), "");
        File.WriteAllText(index.Configuration, index.Configure(aptFolder, architectures));
        IEnumerable<string> sources = AptSources.Read(aptFolder).Select(a => Line(a, suite));
        File.WriteAllLines(Path.Combine(index.root, "etc/sources.list"), sources);

        // Not every archive of a machine has the suite: apt then fails, but after it has read the others.
        Tool.Run(update, ["update"], index.Configuration);
        return index;
    }

    /// <summary>All versions of a package, the newest first.</summary>
    public IReadOnlyList<AptPackage> Find(string package, string architecture)
    {
        string name = architecture == "all" ? package : $"{package}:{architecture}";
        string output = Tool.Run(show, ["show", name], Configuration).Output;
        return [.. AptPackage.Parse(output).Where(p => p.Architecture == architecture)];
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static string Line(AptArchive archive, string suite) => archive.SignedBy.Length > 0
        ? $"deb [signed-by={archive.SignedBy}] {archive.Uri} {suite} main"
        : $"deb {archive.Uri} {suite} main";

    private string Configure(string aptFolder, IReadOnlyList<string> architectures) =>
        $$"""
        APT::Architecture "{{architectures[0]}}";
        APT::Architectures { {{string.Concat(architectures.Select(a => $"\"{a}\"; "))}}};
        APT::Sandbox::User "root";
        Acquire::Languages "none";
        Dir::State "{{root}}";
        Dir::State::lists "{{root}}/lists";
        Dir::State::status "{{root}}/status";
        Dir::Cache "{{root}}/cache";
        Dir::Etc "{{root}}/etc";
        Dir::Etc::trusted "{{aptFolder}}/trusted.gpg";
        Dir::Etc::trustedparts "{{aptFolder}}/trusted.gpg.d";

        """;
}
