using System.CommandLine;
using KvmInterop.HeaderScraper.Commands;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// <c>kvmgen headers</c>: the kernel releases whose headers are known, and how they get here.
/// </summary>
internal static class HeadersCommand
{
    private const string All = "all";

    public static Command Create()
    {
        Command command = new("headers", "List and fetch the kernel releases whose headers are known.");
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreateFetch());
        command.Subcommands.Add(CreateAdd());
        return command;
    }

    private static Command CreateList()
    {
        Option<string?> cache = CacheOption();
        Command command = new("list", "List the releases, and which of them are fetched.");
        command.Options.Add(cache);
        command.SetAction(result => Guard.Run(result, ExitCodes.Failure, screen =>
        {
            HeadersPlace place = HeadersPlace.Find(result.GetValue(cache));
            foreach (HeaderRelease release in place.Releases.Releases)
                screen.Output.WriteLine(Describe(release, place));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command CreateFetch()
    {
        Argument<string?> name = ReleaseArgument("The release, or all (the default release).");
        name.Arity = ArgumentArity.ZeroOrOne;
        name.CompletionSources.Add(All);
        Option<string?> cache = CacheOption();
        Command command = new("fetch", "Fetch the headers of a release from this machine's apt archive.");
        command.Arguments.Add(name);
        command.Options.Add(cache);
        command.SetAction(result => Guard.Run(result, ExitCodes.Failure, screen =>
        {
            HeadersPlace place = HeadersPlace.Find(result.GetValue(cache));
            string wanted = result.GetValue(name) ?? place.Releases.Default;
            HeaderFetcher fetcher = new(place.Cache, screen.Error.WriteLine);
            IReadOnlyList<HeaderRelease> releases =
                wanted == All ? place.Releases.Releases : [place.Releases[wanted]];
            foreach (HeaderRelease release in releases)
                fetcher.Fetch(release);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Command CreateAdd()
    {
        Argument<string> name = new("release")
        {
            HelpName = "RELEASE",
            Description = "The release, such as 7.3.",
        };
        Option<string?> suite = new("--suite")
        {
            Description = "The suite that has it, such as trixie-backports; needed for a new release.",
            HelpName = "SUITE",
        };
        Command command = new(
            "add",
            "Write a release into headers/releases.json: a new one, or the version that its suite has now.");
        command.Arguments.Add(name);
        command.Options.Add(suite);
        command.SetAction(result => Guard.Run(result, ExitCodes.Failure, screen =>
        {
            HeadersPlace.Find(null).Add(
                result.GetRequiredValue(name), result.GetValue(suite), screen.Error.WriteLine);
            return ExitCodes.Success;
        }));
        return command;
    }

    private static Argument<string?> ReleaseArgument(string description)
    {
        Argument<string?> argument = new("release") { HelpName = "RELEASE", Description = description };
        argument.CompletionSources.Add(Words.Releases);
        return argument;
    }

    private static Option<string?> CacheOption() => new("--cache")
    {
        Description = "Where the trees are kept (headers/cache of a checkout around, else the user's cache).",
        HelpName = "DIR",
    };

    private static string Describe(HeaderRelease release, HeadersPlace place)
    {
        HeaderTree? tree = place.Cache.TreeOf(release.Name);
        string name = release.Name == place.Releases.Default ? $"{release.Name} (default)" : release.Name;
        string state = tree is null
            ? $"not fetched, {release.Packages[0].Name} {release.Packages[0].Version}"
            : $"fetched, {tree.Version}";
        IEnumerable<string> architectures = tree is null
            ? release.Architectures.Select(a => a.Name)
            : tree.Architectures.Select(a => a.Name);
        return $"{name,-14} {state}: {string.Join(", ", architectures)}";
    }
}
