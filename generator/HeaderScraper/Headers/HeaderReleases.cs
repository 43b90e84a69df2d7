using System.Text.Json;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>The content of <c>headers/releases.json</c>.</summary>
internal sealed record HeaderReleases(string Default, IReadOnlyList<HeaderRelease> Releases)
{
    private const int SchemaVersion = 1;

    /// <summary>
    /// The list that this tool was built with, for where there is no checkout of the project.
    /// </summary>
    public static HeaderReleases ReadBuiltIn() =>
        Parse(BuiltInFiles.Require(BuiltInFiles.Releases), BuiltInFiles.Releases);

    /// <exception cref="HeaderException">The file is missing or is not such a list.</exception>
    public static HeaderReleases ReadFile(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file), file);
        }
        catch (IOException e)
        {
            throw new HeaderException(
                $"{file} cannot be read ({e.Message}); restore it from the project's history.");
        }
    }

    public static HeaderReleases Parse(string text, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            int schema = root.GetProperty("schema").GetInt32();
            if (schema != SchemaVersion)
            {
                throw new HeaderException(
                    $"{file} has schema {schema} and this kvmgen reads {SchemaVersion}; use its own kvmgen.");
            }

            IEnumerable<JsonElement> releases = root.GetProperty("releases").EnumerateArray();
            return new HeaderReleases(Text(root, "default"), [.. releases.Select(ReadRelease)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new HeaderException(
                $"{file} is no list of releases ({e.Message}); see headers/releases.schema.json.");
        }
    }

    /// <exception cref="HeaderException">There is no release of that name.</exception>
    public HeaderRelease this[string name] => Releases.FirstOrDefault(r => r.Name == name)
        ?? throw new HeaderException(
            $"There is no release {name}, but {string.Join(", ", Releases.Select(r => r.Name))}; "
            + $"add it with `kvmgen headers add {name} --suite SUITE`, or {HeaderException.OwnTree}.");

    private static HeaderRelease ReadRelease(JsonElement release) => new(
        Text(release, "name"),
        Text(release, "suite"),
        [.. release.GetProperty("packages").EnumerateArray().Select(ReadPackage)]);

    private static HeaderPackage ReadPackage(JsonElement package) => new(
        Text(package, "package"),
        Text(package, "source"),
        Text(package, "version"),
        Text(package, "architecture"),
        Text(package, "sha256"),
        [.. package.GetProperty("provides").EnumerateArray().Select(a => a.GetString() ?? "")]);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()
        ?? throw new FormatException($"\"{name}\" is null");
}
