namespace KvmInterop.HeaderScraper.Headers;

/// <summary>A package as a suite has it now, signed by its archive.</summary>
internal sealed record AptPackage(
    string Name, string Source, string Version, string Architecture, string Sha256)
{
    /// <summary>Reads apt-cache's stanzas (deb-control(5)), in their order.</summary>
    public static IReadOnlyList<AptPackage> Parse(string output)
    {
        List<AptPackage> packages = [];
        foreach (string stanza in output.Split("\n\n"))
        {
            Dictionary<string, string> fields = new(StringComparer.Ordinal);
            foreach (string line in stanza.Split('\n').Where(l => l.Length > 0 && !char.IsWhiteSpace(l[0])))
            {
                if (line.IndexOf(": ", StringComparison.Ordinal) is > 0 and int colon)
                    fields[line[..colon]] = line[(colon + 2)..].Trim();
            }

            string[] wanted = ["Package", "Version", "Architecture", "SHA256"];
            if (!wanted.All(fields.ContainsKey))
                continue;

            // A source of another version than the package's has it in brackets after its name.
            string source = fields.GetValueOrDefault("Source", fields["Package"]).Split(' ')[0];
            packages.Add(new AptPackage(
                fields["Package"], source, fields["Version"], fields["Architecture"], fields["SHA256"]));
        }

        return packages;
    }
}
