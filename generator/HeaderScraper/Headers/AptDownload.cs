namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// Downloads package files by way of apt's own helper, which knows this machine's proxies, certificates and
/// passwords, from apt's own archives. The files are named exactly and have known checksums, so that no index
/// is needed: the index of one suite alone is ten times as big as all the headers.
/// </summary>
internal sealed class AptDownload
{
    // Where apt's package puts it on every Debian and Ubuntu; it is on no PATH.
    private const string Helper = "/usr/lib/apt/apt-helper";

    private static readonly string[] Patience =
        ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"];

    private readonly IReadOnlyList<AptArchive> archives;

    public AptDownload(string aptFolder)
    {
        Tool.Require("apt-get", "fetches headers");
        if (!File.Exists(Helper))
            throw new HeaderException($"{Helper} is missing; install apt, or {HeaderException.OwnTree}.");
        archives = AptSources.Read(aptFolder);
        if (archives.Count == 0)
        {
            throw new HeaderException(
                $"{aptFolder} names no archive to fetch headers from; {HeaderException.OwnTree}.");
        }
    }

    /// <exception cref="HeaderException">No archive has it, or none can be reached.</exception>
    public void Fetch(HeaderPackage package, string release, string file)
    {
        string unreached = "";
        foreach (AptArchive archive in archives)
        {
            string uri = $"{archive.Uri}/{package.PoolPath}";
            ToolResult result = Tool.Run(Helper, [.. Patience, "download-file", uri, file]);
            if (result.ExitCode == 0 && File.Exists(file))
                return;
            if (!IsAbsent(result.Output))
                unreached = FirstError(result.Output);
        }

        throw new HeaderException(unreached.Length > 0
            ? $"apt could not download {package.Name} {package.Version} ({unreached}); "
                + $"check the network, or {HeaderException.OwnTree}."
            : $"No archive of apt's has {package.Name} {package.Version} ({package.Architecture}) of release "
                + $"{release} any more; take its successor with `kvmgen headers add {release}`, "
                + $"or {HeaderException.OwnTree}.");
    }

    // What apt's http, https and file methods say of a file that an archive does not have.
    private static bool IsAbsent(string output) =>
        output.Contains("404  Not Found", StringComparison.Ordinal)
        || output.Contains("410  Gone", StringComparison.Ordinal)
        || output.Contains("File not found", StringComparison.Ordinal);

    private static string FirstError(string output) => output
        .Split('\n')
        .Where(line => line.StartsWith("E: ", StringComparison.Ordinal))
        .Select(line => line[3..].Trim())
        .FirstOrDefault("apt does not say why");
}
