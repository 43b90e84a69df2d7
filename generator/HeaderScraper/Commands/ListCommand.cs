using System.CommandLine;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen list</c>: names, a line each.</summary>
internal static class ListCommand
{
    private static readonly string[] Kinds = ["record", "ioctl", "constant", "enum", "function"];

    public static Command Create()
    {
        Argument<string?> pattern = new("pattern")
        {
            HelpName = "PATTERN",
            Description = "Names to list, with * for any text and ? for one letter (all).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        SourceOption.RefuseOptions(pattern);
        Option<string?> kind = new("--kind") { Description = "Only this kind of name.", HelpName = "KIND" };
        kind.AcceptOnlyFromAmong(Kinds);
        Option<bool> skipped = new("--skipped")
        {
            Description = "List instead the macros that have no binding, each with the reason.",
        };
        Option<string?> source = SourceOption.Create();
        Option<string?> architectures = SourceOption.CreateArchitectures("this machine's");
        Command command = new("list", "List records, ioctls, constants, enums and function-like macros.");
        command.Arguments.Add(pattern);
        command.Options.Add(kind);
        command.Options.Add(skipped);
        command.Options.Add(source);
        command.Options.Add(architectures);
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            ModelSet models = new ModelSources(screen.Progress).Open(result.GetValue(source));
            Listing listing = new(
                new NamePattern(result.GetValue(pattern) ?? "*"),
                result.GetValue(kind),
                result.GetValue(skipped));
            IReadOnlyList<string> names = result.GetValue(architectures) is { } asked
                ? SourceOption.Split(asked, models.Architectures)
                : [HostArchitecture.Of(models)];
            IReadOnlyList<StyledText> lines = listing.Of(models.Load(names));
            screen.Write(lines);
            if (lines.Count > 0)
            {
                return ExitCodes.Success;
            }

            screen.Error.WriteLine(
                $"kvmgen: {models.Name} for {string.Join(", ", names)} has no such name; "
                + "a pattern matches whole names, as '*MSR*' does");
            return ExitCodes.Failure;
        }));
        return command;
    }
}
