using System.CommandLine.Completions;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>The words that a shell can complete, made only when it asks.</summary>
internal static class Words
{
    public const string All = "all";

    public static IEnumerable<CompletionItem> Releases(CompletionContext context) =>
        HeaderReleases.ReadBuiltIn().Releases.Select(release => new CompletionItem(release.Name));

    public static IEnumerable<CompletionItem> Architectures(CompletionContext context) =>
        HeaderArchitecture.All.Select(architecture => new CompletionItem(architecture.Name));

    public static IEnumerable<CompletionItem> ArchitecturesOrAll(CompletionContext context) =>
        Architectures(context).Prepend(new CompletionItem(All));

    /// <summary>Every name of the default release on any architecture that begins with what is
    /// written.</summary>
    public static IEnumerable<CompletionItem> ApiNames(CompletionContext context)
    {
        HeaderReleases releases = HeaderReleases.ReadBuiltIn();
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (string architecture in BuiltInFiles.ModelsOf(releases.Default))
        {
            ReadResult<ApiDocument> model =
                ModelReader.Read(BuiltInFiles.Model(releases.Default, architecture));
            names.UnionWith(Catalog.Of(model.Document!).Names);
        }

        // Hundreds of names: those that do not begin so are no completion, though they may contain it.
        return names
            .Where(name => name.StartsWith(context.WordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionItem(name));
    }
}
