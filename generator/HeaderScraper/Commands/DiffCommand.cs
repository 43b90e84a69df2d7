using System.CommandLine;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Diff;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen diff OLD NEW</c>: what changed, and what that breaks.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        Argument<string> old = Side(
            "OLD", "The kernel before: a release, a header tree, a model or a folder of models.");
        Argument<string> @new = Side("NEW", "The kernel after, as one of the same.");
        Option<string?> architectures = SourceOption.CreateArchitectures("all that both have");
        Option<string> format = new("--format")
        {
            Description = "text, markdown, json, html (a page by itself), or known (lines for --known).",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => DiffFormats.Text,
        };
        format.AcceptOnlyFromAmong(DiffFormats.Names);
        Option<string?> output = new("--output")
        {
            Description = "A file (standard output).",
            HelpName = "FILE",
        };
        Option<string?> known = new("--known")
        {
            Description = "A file of accepted changes, a line each: CHANGE NAME [ARCHITECTURES].",
            HelpName = "FILE",
        };
        Command command = new(
            "diff", "Tell what changed from one kernel to another; exit code 1 when something breaks.");
        command.Arguments.Add(old);
        command.Arguments.Add(@new);
        command.Options.Add(architectures);
        command.Options.Add(format);
        command.Options.Add(output);
        command.Options.Add(known);
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            KnownChanges accepted =
                result.GetValue(known) is { } file ? KnownChanges.Read(file) : KnownChanges.None;
            ModelSources sources = new(screen.Progress);
            ModelSet before = sources.Open(result.GetRequiredValue(old));
            ModelSet after = sources.Open(result.GetRequiredValue(@new));
            IReadOnlyList<string>? wanted = Wanted(result.GetValue(architectures), before);
            ModelDiff diff = ModelDiff.Of(before, after, wanted, accepted);
            DiffFormats.Write(diff, result.GetRequiredValue(format), result.GetValue(output), screen);
            foreach (KnownChange unused in accepted.Unused)
            {
                screen.Error.WriteLine(
                    $"{Kvmgen.Name}: {result.GetValue(known)}:{unused.Line}: there is no such change: "
                    + unused.Text);
            }

            return diff.IsBreaking ? ExitCodes.Failure : ExitCodes.Success;
        }));
        return command;
    }

    // "all" said aloud is what nothing said is: it must not demand what one of the two lacks.
    private static IReadOnlyList<string>? Wanted(string? names, ModelSet before) =>
        names is null or Words.All ? null : SourceOption.Split(names, before.Architectures);

    private static Argument<string> Side(string name, string description)
    {
        Argument<string> argument = new(name.ToLowerInvariant())
        {
            HelpName = name,
            Description = description,
        };
        argument.CompletionSources.Add(Words.Releases);
        SourceOption.RefuseOptions(argument);
        return argument;
    }
}
