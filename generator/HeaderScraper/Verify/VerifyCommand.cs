using System.CommandLine;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary><c>kvmgen verify</c>: asks a C compiler about everything that models say.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var models = new Argument<FileInfo[]>("model")
        {
            Description = "models to check, *.api.json",
            Arity = ArgumentArity.OneOrMore,
        };
        var headers = new Option<string>("--headers")
        {
            Description = "the include folder that the models were made from",
            Required = true,
        };
        var compiler = new Option<string>("--compiler")
        {
            Description = "a C compiler for the models' architecture: clang for any, gcc for its own",
            DefaultValueFactory = _ => "clang-19",
        };
        var keep = new Option<FileInfo?>("--keep") { Description = "write the C probe to this file too" };
        var all = new Option<bool>("--all") { Description = "list what C cannot be asked, with the reason" };
        var command = new Command("verify", "Compare all that models say with what a C compiler says.")
        {
            models, headers, compiler, keep, all,
        };
        command.SetAction(parse => Guard(() =>
        {
            bool same = true;
            foreach (FileInfo file in parse.GetValue(models)!)
            {
                ApiDocument model = Read(file);
                HeaderTreeArchitecture tree = HeaderTree.Open(parse.GetValue(headers)!)[model.Architecture];
                var target = new CompilerTarget(parse.GetValue(compiler)!, tree.Triplet, tree.IncludeFolders);
                if (parse.GetValue(keep) is { } kept)
                {
                    var questions = Questions.Of(model, CSpelling.Of(model, target));
                    File.WriteAllText(kept.FullName, ProbeSource.Of(questions, []).Text);
                }

                same &= Report(parse.InvocationConfiguration.Output, model, target, parse.GetValue(all));
            }

            return same ? 0 : 1;
        }));
        return command;
    }

    // 1 says that something differs, so what keeps it from being compared is 2.
    private static int Guard(Func<int> verify)
    {
        try
        {
            return verify();
        }
        catch (Exception e) when (e is VerifyFailure or HeaderException)
        {
            Console.Error.WriteLine($"kvmgen: {e.Message}");
            return 2;
        }
    }

    private static bool Report(TextWriter output, ApiDocument model, CompilerTarget target, bool all)
    {
        Verification verification = Verification.Of(model, target);
        HeaderInventory inventory = HeaderInventory.Of(target);
        Difference[] differences =
        [
            .. verification.Differences,
            .. Coverage.Of(model, inventory),
            .. Coverage.SkippedConstants(model, inventory, target),
        ];
        output.WriteLine(
            $"{model.Architecture} {model.LinuxVersion}, {target.Compiler}: {verification.Compared} compared,"
            + $" {differences.Length} different, {verification.NotComparable.Count} that C cannot be asked");
        foreach (Difference difference in differences)
        {
            output.WriteLine($"  {difference}");
        }

        foreach (NotComparable part in all ? verification.NotComparable : [])
        {
            output.WriteLine($"  {part.Subject}: {part.Aspect} not compared, {part.Reason}");
        }

        return differences.Length == 0;
    }

    private static ApiDocument Read(FileInfo file)
    {
        if (!file.Exists)
        {
            throw new VerifyFailure($"{file} does not exist; kvmgen scrape makes one.");
        }

        ReadResult<ApiDocument> result = ModelReader.Read(File.ReadAllText(file.FullName));
        return result.Document ?? throw new VerifyFailure($"{file}:{result.Error}");
    }
}
