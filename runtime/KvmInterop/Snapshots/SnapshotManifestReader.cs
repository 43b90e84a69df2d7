using System.Globalization;
using System.Text.Json;

namespace KvmInterop;

/// <summary>
/// Reads a manifest that may come from anybody: every member is looked at before it is used.
/// </summary>
internal sealed class SnapshotManifestReader(string folder)
{
    // A million ranges of pages take some 20 MiB.
    internal const long MostBytes = 256 << 20;

    private const int MostRegions = 65536;
    private const int MostShown = 64;

    /// <exception cref="StateException">It is no manifest, or says what cannot be.</exception>
    internal SnapshotManifest Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            // Its own message has whatever stands there in it.
            throw new StateException(
                $"{Name} is damaged: it is no JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on",
                e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            // A wrong type is an InvalidOperationException of JsonElement's, a number too large a
            // FormatException.
            throw new StateException($"{Name} is damaged: {e.Message.TrimEnd('.')}", e);
        }
    }

    private string Name => $"{SnapshotManifest.FileName} of the snapshot {folder}";

    private SnapshotManifest Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format", out JsonElement format)
            || format.ValueKind != JsonValueKind.String || format.GetString() != SnapshotManifest.Format)
        {
            throw new StateException(
                $"{folder} is no snapshot of KvmInterop: its manifest is another program's");
        }

        int version = Member(root, "version").GetInt32();
        if (version != SnapshotManifest.Version)
        {
            throw new StateException(
                $"the snapshot {folder} has version {version} of the format, and this library reads version "
                + $"{SnapshotManifest.Version}; restore it with the library that saved it");
        }

        int pageSize = Member(root, "pageSize").GetInt32();
        if (pageSize != Environment.SystemPageSize)
        {
            throw new StateException(
                $"the snapshot {folder} is of a host with pages of {pageSize} bytes, and this one's have "
                + $"{Environment.SystemPageSize}: restore it on a host with the same");
        }

        bool hasBase = root.TryGetProperty("base", out JsonElement parent);
        JsonElement memory = Member(root, "memory");
        if (memory.GetArrayLength() > MostRegions)
        {
            throw Wrong($"it has {memory.GetArrayLength():#,0} regions of memory");
        }

        return new SnapshotManifest
        {
            Id = Identity(root),
            PageSize = pageSize,
            StateSum = Sum(root),
            BaseFolder = hasBase ? FolderOfBase(parent) : null,
            BaseId = hasBase ? Identity(parent) : null,
            Regions = [.. memory.EnumerateArray().Select(region => Region(region, (ulong)pageSize, hasBase))],
        };
    }

    private SnapshotRegion Region(JsonElement json, ulong pageSize, bool hasBase)
    {
        ulong address = Number(json, "address");
        ulong size = Number(json, "size");
        if (size == 0 || address % pageSize != 0 || size % pageSize != 0 || size > long.MaxValue
            || address > ulong.MaxValue - (size - 1))
        {
            throw Wrong($"0x{size:x} bytes at 0x{address:x} are no region of memory");
        }

        string file = Text(json, "file");
        if (file.Length == 0 || file is "." or ".." || file.Contains('/', StringComparison.Ordinal)
            || file.Any(char.IsControl))
        {
            throw Wrong($"\"{Shown(file)}\" is no name of a file in its folder");
        }

        bool isDelta = json.TryGetProperty("pages", out JsonElement pages);
        if (isDelta && !hasBase)
        {
            throw Wrong($"the region at 0x{address:x} has changed pages only, and the snapshot no base");
        }

        return new SnapshotRegion(address, size, Member(json, "readOnly").GetBoolean())
        {
            File = file,
            Pages = isDelta ? Pages(pages, address, size, pageSize) : null,
        };
    }

    private List<GuestPageRange> Pages(JsonElement json, ulong address, ulong size, ulong pageSize)
    {
        List<GuestPageRange> ranges = [];
        ulong pages = size / pageSize;
        ulong next = 0;
        ulong? first = null;
        foreach (JsonElement number in json.EnumerateArray())
        {
            ulong value = number.GetUInt64();
            if (first is not ulong start)
            {
                first = value;
                continue;
            }

            if (start < next || start >= pages || value == 0 || value > pages - start)
            {
                throw Wrong(
                    $"{value:#,0} pages from page {start:#,0} are none of the region at 0x{address:x}");
            }

            ranges.Add(new GuestPageRange(address + (start * pageSize), value * pageSize));
            next = start + value;
            first = null;
        }

        return first is null ? ranges : throw Wrong($"a range of pages at 0x{address:x} has no length");
    }

    private JsonElement Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value : throw Wrong($"it lacks \"{name}\"");

    private string Text(JsonElement json, string name) =>
        Member(json, name).GetString() ?? throw Wrong($"its \"{name}\" is null");

    private string FolderOfBase(JsonElement json)
    {
        string folder = Text(json, "folder");
        return folder.Length > 0 && !folder.Any(char.IsControl)
            ? folder
            : throw Wrong($"its \"folder\" is \"{Shown(folder)}\", and no folder's name");
    }

    private Guid Identity(JsonElement json) => Guid.TryParseExact(Text(json, "id"), "D", out Guid id)
        ? id
        : throw Wrong($"its \"id\" is \"{Shown(Text(json, "id"))}\", and no GUID");

    private uint Sum(JsonElement json)
    {
        ulong sum = Number(json, "stateCrc32c");
        return sum <= uint.MaxValue
            ? (uint)sum
            : throw Wrong($"its \"stateCrc32c\" is 0x{sum:x}, which has more than 32 bits");
    }

    private ulong Number(JsonElement json, string name)
    {
        string text = Text(json, name);
        return text.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(
            text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw Wrong($"its \"{name}\" is \"{Shown(text)}\", and no number such as 0x1000");
    }

    // Somebody's text in a message: short, and nothing that a terminal obeys.
    private static string Shown(string text)
    {
        string start = text.Length > MostShown ? text[..MostShown] + "..." : text;
        return string.Concat(start.Select(character => char.IsControl(character) ? '?' : character));
    }

    private StateException Wrong(string what) => new($"{Name} is damaged: {what}");
}
