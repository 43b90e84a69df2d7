using System.CommandLine;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// <c>kvmgen headers</c>: the kernel releases whose headers are known, and how they get here.
/// </summary>
internal static class HeadersCommand
{
    private const string All = "all";
    private const string CacheRemedy = "name a folder with --cache DIR";

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
        command.SetAction(result => Guard(() =>
        {
            HeadersPlace place = HeadersPlace.Find(result.GetValue(cache), CacheRemedy);
            foreach (HeaderRelease release in place.Releases.Releases)
                Console.WriteLine(Describe(release, place));
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
        command.SetAction(result => Guard(() =>
        {
            HeadersPlace place = HeadersPlace.Find(result.GetValue(cache), CacheRemedy);
            string wanted = result.GetValue(name) ?? place.Releases.Default;
            HeaderFetcher fetcher = new(place.Cache, Console.Error.WriteLine);
            IReadOnlyList<HeaderRelease> releases =
                wanted == All ? place.Releases.Releases : [place.Releases[wanted]];
            foreach (HeaderRelease release in releases)
                fetcher.Fetch(release);
        }));
        return command;
    }

    private static Command CreateAdd()
    {
        Argument<string> name = new("release") { Description = "The release, such as 7.3." };
        Option<string?> suite = new("--suite")
        {
            Description = "The suite that has it, such as trixie-backports; needed for a new release.",
        };
        Command command = new(
            "add",
            "Write a release into headers/releases.json: a new one, or the version that its suite has now.");
        command.Arguments.Add(name);
        command.Options.Add(suite);
        command.SetAction(result => Guard(() => HeadersPlace.Find(null, "run this in one")
            .Add(result.GetRequiredValue(name), result.GetValue(suite), Console.Error.WriteLine)));
        return command;
    }

    private static Argument<string?> ReleaseArgument(string description)
    {
        Argument<string?> argument = new("release") { Description = description };
        argument.CompletionSources.Add(_ => HeaderReleases.ReadBuiltIn().Releases
            .Select(r => new System.CommandLine.Completions.CompletionItem(r.Name)));
        return argument;
    }

    private static Option<string?> CacheOption() => new("--cache")
    {
        Description = "Where the trees are kept (headers/cache of the checkout around this folder).",
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

    private static int Guard(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (HeaderException e)
        {
            Console.Error.WriteLine($"kvmgen: {e.Message}");
            return 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(
                $"kvmgen: {e.Message} Check the folder's owner and its space, or name another with --cache.");
            return 1;
        }
    }
}
