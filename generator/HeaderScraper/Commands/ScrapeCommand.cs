using System.CommandLine;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen scrape</c>: kernel headers in, models out.</summary>
internal static class ScrapeCommand
{
    public static Command Create()
    {
        Option<string?> headers = HeadersOption.Create(
            "A header tree, or a fetched release (the default release).");
        Option<string> architectures = new("--arch")
        {
            Description = "Architectures separated by commas, or all that the tree has.",
            HelpName = "NAMES|all",
            DefaultValueFactory = _ => Words.All,
        };
        architectures.CompletionSources.Add(Words.ArchitecturesOrAll);
        Option<string> output = new("--output")
        {
            Description = "A file, a folder for ARCHITECTURE.api.json, or - for standard output.",
            HelpName = "DIR|FILE|-",
            DefaultValueFactory = _ => ModelFiles.StandardOutput,
        };
        Option<string?> depends = new("--depends")
        {
            Description = "A file that gets the paths of all headers read, one a line, for build systems.",
            HelpName = "FILE",
        };
        Command command = new("scrape", "Read kernel headers into models of the KVM interface (*.api.json).");
        command.Options.Add(headers);
        command.Options.Add(architectures);
        command.Options.Add(output);
        command.Options.Add(depends);
        command.SetAction(result => Guard.Run(result, ExitCodes.Failure, screen => Run(
            screen, result.GetValue(headers), result.GetValue(architectures)!, result.GetValue(output)!,
            result.GetValue(depends))));
        return command;
    }

    private static int Run(
        Screen screen, string? headers, string architectures, string output, string? depends)
    {
        HeaderTree tree = HeadersOption.Open(headers);
        IReadOnlyList<HeaderSet> sets = Select(tree, architectures);
        ModelFiles files = ModelFiles.For(output, sets);
        LibClangLibrary.Load();
        if (depends is null)
        {
            files.Write(Scraper.ReadAll(sets, HeaderReader.Read, screen.Progress, tree.Version));
        }
        else
        {
            var results = Scraper.ReadAll(sets, HeaderReader.ReadWithFiles, screen.Progress, tree.Version);
            files.Write([.. results.Select(result => result.Document)]);
            File.WriteAllLines(depends, results.SelectMany(result => result.Files).Distinct());
        }

        return ExitCodes.Success;
    }

    private static List<HeaderSet> Select(HeaderTree tree, string names)
    {
        List<HeaderSet> sets = [];
        if (names == Words.All)
        {
            foreach (HeaderTreeArchitecture architecture in tree.Architectures)
            {
                sets.Add(HeaderSet.Of(architecture));
            }

            return sets;
        }

        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries).Distinct())
        {
            sets.Add(HeaderSet.Of(tree[name]));
        }

        return sets;
    }
}
