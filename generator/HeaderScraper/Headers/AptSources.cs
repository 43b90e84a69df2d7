namespace KvmInterop.HeaderScraper.Headers;

/// <summary>An archive that this machine's apt uses.</summary>
/// <param name="SignedBy">The file of the keys that sign it; empty where the sources do not say.</param>
internal sealed record AptArchive(string Uri, string SignedBy);

/// <summary>
/// Reads apt's own sources (sources.list(5)): the archive that serves this machine, a mirror or a proxy
/// included, is the one that can be reached from here. Nothing in this project names one.
/// </summary>
internal static class AptSources
{
    public const string DefaultFolder = "/etc/apt";

    /// <summary>Every archive of binary packages, once each, in apt's order of files.</summary>
    public static IReadOnlyList<AptArchive> Read(string folder)
    {
        List<AptArchive> archives = [];
        string single = Path.Combine(folder, "sources.list");
        if (File.Exists(single))
            archives.AddRange(ReadLines(File.ReadAllLines(single)));

        string parts = Path.Combine(folder, "sources.list.d");
        IEnumerable<string> files = Directory.Exists(parts) ? Directory.EnumerateFiles(parts) : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            if (file.EndsWith(".list", StringComparison.Ordinal))
                archives.AddRange(ReadLines(File.ReadAllLines(file)));
            else if (file.EndsWith(".sources", StringComparison.Ordinal))
                archives.AddRange(ReadStanzas(File.ReadAllLines(file)));
        }

        return [.. archives.DistinctBy(a => a.Uri)];
    }

    // deb [ option=value ... ] uri suite [component...]
    private static IEnumerable<AptArchive> ReadLines(IEnumerable<string> lines)
    {
        foreach (string line in lines.Select(l => l.Split('#')[0].Trim()))
        {
            int options = line.IndexOf('[', StringComparison.Ordinal);
            int end = line.IndexOf(']', StringComparison.Ordinal);
            bool hasOptions = options >= 0 && end > options;
            string[] words = Words(hasOptions ? line[..options] + line[(end + 1)..] : line);
            if (words.Length < 3 || words[0] != "deb")
                continue;

            string signedBy = Words(hasOptions ? line[(options + 1)..end] : "")
                .FirstOrDefault(w => w.StartsWith("signed-by=", StringComparison.OrdinalIgnoreCase)) ?? "";
            yield return new AptArchive(words[1].TrimEnd('/'), signedBy[(signedBy.IndexOf('=') + 1)..]);
        }
    }

    // deb822(5): fields of one archive up to an empty line; a line that starts with a blank goes on with the
    // last field.
    private static IEnumerable<AptArchive> ReadStanzas(IEnumerable<string> lines)
    {
        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        string last = "";
        foreach (string line in lines.Append(""))
        {
            if (line.StartsWith('#'))
                continue;
            if (line.Trim().Length == 0)
            {
                foreach (AptArchive archive in Archives(fields))
                    yield return archive;
                fields.Clear();
            }
            else if (char.IsWhiteSpace(line[0]) && fields.ContainsKey(last))
            {
                fields[last] += "\n" + line.Trim();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and int colon)
            {
                last = line[..colon];
                fields[last] = line[(colon + 1)..].Trim();
            }
        }
    }

    private static IEnumerable<AptArchive> Archives(Dictionary<string, string> fields)
    {
        string enabled = fields.GetValueOrDefault("Enabled", "yes");
        bool isBinary = Words(fields.GetValueOrDefault("Types", "")).Contains("deb");
        if (!isBinary || enabled.Equals("no", StringComparison.OrdinalIgnoreCase))
            return [];

        // Signed-By may also hold the key itself; apt then needs the sources as they are, and so do we.
        string signedBy = fields.GetValueOrDefault("Signed-By", "");
        string keys = signedBy.Contains('\n', StringComparison.Ordinal) ? "" : signedBy;
        return Words(fields.GetValueOrDefault("URIs", ""))
            .Select(uri => new AptArchive(uri.TrimEnd('/'), keys));
    }

    private static string[] Words(string text) => text.Split(
        (char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
