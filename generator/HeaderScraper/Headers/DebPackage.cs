using System.Diagnostics;
using System.Formats.Tar;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// The headers in a package file, in memory: about ten megabytes of text. They are not unpacked as they are,
/// since from 6.12 on most of an <c>asm</c> folder is links to another part of the package.
/// </summary>
internal sealed class DebPackage
{
    private const int DeepestLink = 8;

    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);

    private DebPackage()
    {
    }

    /// <exception cref="HeaderException">dpkg-deb is missing or does not like the file.</exception>
    public static DebPackage Read(string file)
    {
        string program = Tool.Require("dpkg-deb", "unpacks headers");
        using Process process = Tool.Start(program, ["--fsys-tarfile", file]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        DebPackage package = new();
        try
        {
            using TarReader reader = new(process.StandardOutput.BaseStream);
            while (reader.GetNextEntry() is { } entry)
                package.Take(entry);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Broken(file, e.Message);
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? package
            : throw Broken(file, errors.Result.Trim());
    }

    /// <summary>
    /// Writes what lies under one of the folders of the package, the first that has anything.
    /// </summary>
    /// <returns>How many files; 0 where the package has none of the folders.</returns>
    public int Extract(IEnumerable<string> folders, string target)
    {
        foreach (string folder in folders.Select(f => f + "/"))
        {
            string[] names =
                [.. files.Keys.Concat(links.Keys).Where(n => n.StartsWith(folder, StringComparison.Ordinal))];
            foreach (string name in names)
            {
                string file = Path.Combine(target, name[folder.Length..]);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllBytes(file, Content(name));
            }

            if (names.Length > 0)
                return names.Length;
        }

        return 0;
    }

    private static HeaderException Broken(string file, string why) =>
        new($"{Path.GetFileName(file)} could not be unpacked ({why}); fetch it again.");

    private void Take(TarEntry entry)
    {
        string name = Normalize(entry.Name);
        if (!name.EndsWith(".h", StringComparison.Ordinal))
            return;
        if (entry.EntryType == TarEntryType.SymbolicLink)
        {
            string folder = Path.GetDirectoryName(name)!;
            string link = entry.LinkName;
            links[name] = Normalize(link.StartsWith('/') ? link : $"{folder}/{link}");
        }
        else if (entry.EntryType == TarEntryType.HardLink)
        {
            links[name] = Normalize(entry.LinkName);
        }
        else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
        {
            // An empty file has no stream.
            using MemoryStream copy = new();
            entry.DataStream?.CopyTo(copy);
            files[name] = copy.ToArray();
        }
    }

    private byte[] Content(string name)
    {
        string file = name;
        for (int depth = 0; depth < DeepestLink && links.TryGetValue(file, out string? target); depth++)
            file = target;
        return files.TryGetValue(file, out byte[]? content)
            ? content
            : throw new HeaderException(
                $"The package's {name} is a link to nowhere; take another version of the package.");
    }

    // Resolved as text, so that no name of a package can lead out of the folder it is extracted to.
    private static string Normalize(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            else if (part != ".")
                parts.Add(part);
        }

        return string.Join('/', parts);
    }
}
