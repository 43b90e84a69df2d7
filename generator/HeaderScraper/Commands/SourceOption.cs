using System.CommandLine;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>Where a command that only reads takes its models from.</summary>
internal static class SourceOption
{
    public static Option<string?> Create()
    {
        Option<string?> option = new("--headers", "--model")
        {
            Description = "A header tree, a release, a model or a folder of models (the default release).",
            HelpName = "DIR|FILE|RELEASE",
        };
        option.CompletionSources.Add(Words.Releases);
        return option;
    }

    /// <param name="usual">What is meant where nothing is said.</param>
    public static Option<string?> CreateArchitectures(string usual)
    {
        Option<string?> option = new("--arch")
        {
            Description = $"Architectures separated by commas, or all ({usual}).",
            HelpName = "NAMES|all",
        };
        option.CompletionSources.Add(Words.ArchitecturesOrAll);
        return option;
    }

    /// <summary>No name begins with a dash: what does is an option that does not exist.</summary>
    public static void RefuseOptions(Argument argument) => argument.Validators.Add(result =>
    {
        if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
        {
            result.AddError($"Unrecognized option '{option.Value}'.");
        }
    });

    /// <summary>The names that were said; <paramref name="every"/> for all.</summary>
    public static IReadOnlyList<string> Split(string names, IReadOnlyList<string> every) =>
        names == Words.All ? every : [.. names.Split(',', StringSplitOptions.TrimEntries).Distinct()];
}
