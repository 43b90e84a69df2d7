using System.CommandLine;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen scrape</c>: kernel headers in, models out.</summary>
internal static class ScrapeCommand
{
    private const string All = "all";

    public static Command Create()
    {
        Option<string?> headers = new("--headers")
        {
            Description = "A tree of kernel headers, or a release that was fetched (the default release).",
            HelpName = "DIR|RELEASE",
        };
        Option<string> architectures = new("--arch")
        {
            Description = "Architectures separated by commas, or all that the tree has.",
            HelpName = "NAMES|all",
            DefaultValueFactory = _ => All,
        };
        architectures.CompletionSources.Add([All, .. HeaderArchitecture.All.Select(a => a.Name)]);
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
        Command command = new("scrape", "Read kernel headers into a model of the KVM interface.");
        command.Options.Add(headers);
        command.Options.Add(architectures);
        command.Options.Add(output);
        command.Options.Add(depends);
        command.SetAction(result => Run(
            result.GetValue(headers), result.GetValue(architectures)!, result.GetValue(output)!,
            result.GetValue(depends)));
        return command;
    }

    private static int Run(string? headers, string architectures, string output, string? depends)
    {
        try
        {
            IReadOnlyList<HeaderSet> sets = Select(HeadersOption.Open(headers), architectures);
            ModelFiles files = ModelFiles.For(output, sets);
            LibClangLibrary.Load();
            if (depends is null)
            {
                files.Write(Scraper.ReadAll(sets, HeaderReader.Read));
            }
            else
            {
                var results = Scraper.ReadAll(sets, HeaderReader.ReadWithFiles);
                files.Write([.. results.Select(result => result.Document)]);
                File.WriteAllLines(depends, results.SelectMany(result => result.Files).Distinct());
            }

            return ExitCodes.Success;
        }
        catch (ScrapeException exception)
        {
            return Fail(exception.Message, exception.ExitCode);
        }
        catch (Exception exception) when (exception is HeaderException or IOException
            or UnauthorizedAccessException)
        {
            return Fail(exception.Message, ExitCodes.Failure);
        }
    }

    private static List<HeaderSet> Select(HeaderTree tree, string names)
    {
        List<HeaderSet> sets = [];
        foreach (HeaderTreeArchitecture architecture in tree.Architectures)
        {
            if (names == All)
            {
                sets.Add(SetOf(architecture));
            }
        }

        if (names != All)
        {
            foreach (string name in names.Split(',', StringSplitOptions.TrimEntries).Distinct())
            {
                sets.Add(SetOf(tree[name]));
            }
        }

        return sets;
    }

    private static HeaderSet SetOf(HeaderTreeArchitecture architecture) =>
        new(architecture.Name, architecture.Triplet, architecture.IncludeFolders);

    private static int Fail(string message, int exitCode)
    {
        Console.Error.WriteLine($"kvmgen: {message}");
        return exitCode;
    }
}
