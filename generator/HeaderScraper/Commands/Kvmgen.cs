using System.CommandLine;
using System.CommandLine.Invocation;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>The program: its commands, and what becomes of a wrong command line.</summary>
internal static class Kvmgen
{
    public const string Name = "kvmgen";

    private static readonly string[] CommandNames =
        ["list", "show", "explain", "diff", "scrape", "verify", "headers", "completion"];

    public static int Run(string[] arguments, InvocationConfiguration? configuration = null)
    {
        ParseResult result = Create(arguments).Parse(arguments);
        configuration ??= new InvocationConfiguration();
        if (result.Action is ParseErrorAction && arguments.Length > 0)
        {
            configuration.Error.WriteLine(Complaint(result, arguments[0]));
            return ExitCodes.Usage;
        }

        int code = result.Invoke(configuration);
        return result.Errors.Count > 0 ? ExitCodes.Usage : code;
    }

    /// <summary>One sentence for a wrong command line, and where to read on.</summary>
    private static string Complaint(ParseResult result, string first)
    {
        Command command = result.CommandResult.Command;
        if (command is RootCommand)
        {
            IReadOnlyList<string> near = Suggestions.For(first, CommandNames);
            string meant = near.Count > 0 ? $"; did you mean {string.Join(" or ", near)}?"
                : $"; there are {string.Join(", ", CommandNames)}";
            return $"{Name}: there is no command {first}{meant}";
        }

        IEnumerable<string> words = result.Errors[0].Message
            .Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return $"{Name}: {string.Join(' ', words).TrimEnd('.')}; "
            + $"`{Name} {command.Name} --help` tells how it is used";
    }

    // A build runs `kvmgen scrape` often, and making a command takes time: where the first word is a
    // command's name no other command can be meant, and none is made.
    private static RootCommand Create(string[] arguments)
    {
        RootCommand root = new("Reads the kernel's KVM headers, and shows and compares what they say.");
        string first = arguments.Length > 0 ? arguments[0] : "";
        if (CreateCommand(first) is { } only)
        {
            root.Subcommands.Add(only);
            return root;
        }

        foreach (string name in CommandNames)
        {
            root.Subcommands.Add(CreateCommand(name)!);
        }

        return root;
    }

    private static Command? CreateCommand(string name) => name switch
    {
        "list" => ListCommand.Create(),
        "show" => ShowCommand.Create(),
        "explain" => ExplainCommand.Create(),
        "diff" => DiffCommand.Create(),
        "scrape" => ScrapeCommand.Create(),
        "verify" => VerifyCommand.Create(),
        "headers" => HeadersCommand.Create(),
        "completion" => CompletionCommand.Create(),
        _ => null,
    };
}
