namespace KvmInterop.Tests.Packages.Processes;

/// <summary>A copy of a fetched header tree that a test may edit.</summary>
internal sealed class HeaderCopy
{
    public HeaderCopy(PackedPackages packages, string release)
    {
        string source = Requires.Headers(release);
        Folder = packages.NewFolder("headers");
        foreach (string file in Directory.EnumerateFiles(source, "*.h", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Folder { get; }

    /// <summary>Gives linux/kvm.h an old time, as a package that is installed gives its files.</summary>
    public void Age() =>
        File.SetLastWriteTimeUtc(KvmHeader, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

    private string KvmHeader => Path.Combine(Folder, "linux", "kvm.h");

    /// <summary>Adds lines to linux/kvm.h before the end of its include guard, as a patch would.</summary>
    public void Patch(string lines)
    {
        string text = File.ReadAllText(KvmHeader);
        int end = text.LastIndexOf("#endif", StringComparison.Ordinal);
        File.WriteAllText(KvmHeader, text[..end] + lines + "\n\n" + text[end..]);
    }
}
