using System.CommandLine;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Commands;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary><c>kvmgen verify</c>: asks a C compiler about everything that models say.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string[]> models = new("model")
        {
            HelpName = "MODEL",
            Description = "Models to check: files, folders or releases (the default release's).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        models.CompletionSources.Add(Words.Releases);
        Option<string?> headers = HeadersOption.Create(
            "The header tree that the models were made from, or a fetched release (the default release).");
        Option<string?> architectures = SourceOption.CreateArchitectures("all that the models have");
        Option<string> compiler = new("--compiler")
        {
            Description = "A C compiler for the models' architecture: clang for any, gcc for its own.",
            HelpName = "PROGRAM",
            DefaultValueFactory = _ => "clang-19",
        };
        Option<string?> keep = new("--keep")
        {
            Description = "Write the C probe to this file too.",
            HelpName = "FILE",
        };
        Option<bool> all = new("--all") { Description = "List what C cannot be asked, with the reason." };
        Command command = new("verify", "Compare all that models say with what a C compiler says.")
        {
            models, headers, architectures, compiler, keep, all,
        };
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            HeaderTree? tree = null;
            string?[] sources = result.GetValue(models) ?? [];
            bool same = true;
            foreach (string? source in sources.DefaultIfEmpty())
            {
                ModelSet set = new ModelSources(screen.Progress).Open(source);
                foreach (ApiDocument model in set.Load(
                    SourceOption.Split(result.GetValue(architectures) ?? Words.All, set.Architectures)))
                {
                    tree ??= HeadersOption.Open(result.GetValue(headers));
                    HeaderTreeArchitecture place = tree[model.Architecture];
                    CompilerTarget target = new(
                        result.GetRequiredValue(compiler), place.Triplet, place.IncludeFolders);
                    screen.Progress.Say($"asking {target.Compiler} about {model.Architecture} ...");
                    Keep(result.GetValue(keep), model, target);
                    same &= Report(screen, model, target, result.GetValue(all));
                }
            }

            return same ? ExitCodes.Success : ExitCodes.Failure;
        }));
        return command;
    }

    private static void Keep(string? file, ApiDocument model, CompilerTarget target)
    {
        if (file is not null)
        {
            var questions = Questions.Of(model, CSpelling.Of(model, target));
            File.WriteAllText(file, ProbeSource.Of(questions, []).Text);
        }
    }

    private static bool Report(Screen screen, ApiDocument model, CompilerTarget target, bool all)
    {
        Verification verification = Verification.Complete(model, target, HeaderInventory.Of(target));
        IReadOnlyList<Difference> differences = verification.Differences;
        screen.Progress.Clear();
        TextWriter output = screen.Output;
        output.WriteLine(
            $"{model.Architecture} {model.LinuxVersion}, {target.Compiler}: {verification.Compared} compared,"
            + $" {differences.Count} different, {verification.NotComparable.Count} that C cannot be asked");
        foreach (Difference difference in differences)
        {
            output.WriteLine($"  {difference}");
        }

        foreach (NotComparable part in all ? verification.NotComparable : [])
        {
            output.WriteLine($"  {part.Subject}: {part.Aspect} not compared, {part.Reason}");
        }

        return differences.Count == 0;
    }
}
