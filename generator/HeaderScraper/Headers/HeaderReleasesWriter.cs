using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// Writes <c>headers/releases.json</c> in its one form: a package a line, so that a change reads well.
/// </summary>
internal static class HeaderReleasesWriter
{
    public static string Write(HeaderReleases releases)
    {
        StringBuilder text = new();
        text.Append("{\n  \"$schema\": \"./releases.schema.json\",\n  \"schema\": 1,\n");
        text.Append($"  \"default\": {Quote(releases.Default)},\n  \"releases\": [\n");
        text.AppendJoin(",\n", releases.Releases.Select(WriteRelease));
        text.Append("\n  ]\n}\n");
        return text.ToString();
    }

    private static string WriteRelease(HeaderRelease release) =>
        $"    {{\"name\": {Quote(release.Name)}, \"suite\": {Quote(release.Suite)}, \"packages\": [\n"
        + string.Join(",\n", release.Packages.Select(WritePackage))
        + "\n    ]}";

    private static string WritePackage(HeaderPackage package) =>
        $"      {{\"package\": {Quote(package.Name)}, \"source\": {Quote(package.Source)}, "
        + $"\"version\": {Quote(package.Version)}, \"architecture\": {Quote(package.Architecture)}, "
        + $"\"sha256\": {Quote(package.Sha256)}, "
        + $"\"provides\": [{string.Join(", ", package.Provides.Select(Quote))}]}}";

    // The encoder's only surprise for these texts: it writes + as an escape, and versions have plus signs.
    private static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
