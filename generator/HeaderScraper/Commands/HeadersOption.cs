using System.CommandLine;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>What <c>--headers</c> may say to commands that need the headers themselves.</summary>
internal static class HeadersOption
{
    public static Option<string?> Create(string description)
    {
        Option<string?> option = new("--headers") { Description = description, HelpName = "DIR|RELEASE" };
        option.CompletionSources.Add(Words.Releases);
        return option;
    }

    /// <param name="value">A folder, the name of a fetched release, or null for the default release.</param>
    public static HeaderTree Open(string? value)
    {
        if (value is not null && (value.Contains('/') || Directory.Exists(value)))
        {
            return HeaderTree.Open(value);
        }

        HeadersPlace place = HeadersPlace.Find(null);
        string release = place.Releases[value ?? place.Releases.Default].Name;
        return place.Cache.TreeOf(release) ?? throw new HeaderException(
            $"The headers of {release} are not here; fetch them with `kvmgen headers fetch {release}`, "
            + $"or {HeaderException.OwnTree}.");
    }
}
