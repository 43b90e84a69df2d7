using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>How a program of .NET comes to its machine code.</summary>
internal enum ProgramForm
{
    /// <summary>Compiled as it runs.</summary>
    Jit,

    /// <summary>Compiled before, and again as it runs where that is worth it.</summary>
    ReadyToRun,

    /// <summary>Compiled before, and without a compiler as it runs.</summary>
    NativeAot,
}

/// <summary>A project of this repository, published in any form once for all measurements of a run.</summary>
/// <param name="Project">Its folder, from the root of the repository.</param>
/// <param name="Assembly">What its program is called.</param>
internal sealed record PublishedProgram(string Project, string Assembly)
{
    public static readonly PublishedProgram Loops =
        new("tests/Benchmarks/Native", "KvmInterop.Tests.NativeLoops");

    private const string RuntimeIdentifier = "linux-x64";

    private static readonly Dictionary<(string, ProgramForm), string> Published = [];

    /// <returns>The program's file.</returns>
    /// <exception cref="CannotMeasureException">The registry lacks the packages for this form.</exception>
    public string As(ProgramForm form)
    {
        if (!Published.TryGetValue((Assembly, form), out string? program))
        {
            program = Published[(Assembly, form)] = Publish(form);
        }

        return program;
    }

    private string Publish(ProgramForm form)
    {
        string folder = Repository.PathOf(Project);
        string output = Repository.PathOf($"artifacts/bench/programs/{Assembly}-{form}");

        // The ordinary build has analyzed it; here the properties are everybody's, the scraper's too.
        string[] common = ["-r", RuntimeIdentifier, "-v:q", "-p:RunAnalyzers=false", .. PropertiesOf(form)];
        Console.Error.WriteLine($"publishing {Project} as {form} ...");
        Restore(form, ["restore", folder, .. common]);
        new ProcessCommand(
            "dotnet", ["publish", folder, "-c", "Release", "--no-restore", "-o", output, .. common]).Execute();
        return Path.Combine(output, Assembly);
    }

    private static string[] PropertiesOf(ProgramForm form) => form switch
    {
        // .NET links by clang where nothing else is said; all else here needs gcc only.
        ProgramForm.NativeAot when Requires.FindTool("clang") is null =>
            ["-p:PublishAot=true", "-p:CppCompilerAndLinker=gcc"],
        ProgramForm.NativeAot => ["-p:PublishAot=true"],
        ProgramForm.ReadyToRun => ["-p:PublishReadyToRun=true", "-p:SelfContained=false"],
        _ => ["-p:SelfContained=false"],
    };

    private static void Restore(ProgramForm form, string[] arguments)
    {
        try
        {
            new ProcessCommand("dotnet", arguments).Execute();
        }
        catch (InvalidOperationException failure)
        {
            string reason = failure.Message.Split('\n')
                .FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal), "")
                .Trim();
            throw new CannotMeasureException(
                $"the packages for {form} cannot be restored; see that the registry has them ({reason})");
        }
    }
}
