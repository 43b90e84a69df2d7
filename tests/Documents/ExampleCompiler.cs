using System.Collections.Immutable;
using KvmInterop.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;

namespace KvmInterop.Tests.Documents;

/// <summary>Compiles the code of a document as a program, as a user would who pasted it.</summary>
internal static class ExampleCompiler
{
    // What ImplicitUsings gives a console program.
    private const string ImplicitUsings =
        """
        global using System; global using System.Collections.Generic; global using System.IO;
        global using System.Linq; global using System.Threading; global using System.Threading.Tasks;
        """;

    public static EmitResult Compile(string code, Stream output) => Prepare(code).Emit(output);

    /// <summary>What the package's analyzers say of it, by id and severity.</summary>
    public static async Task<IReadOnlyList<string>> Analyze(string code)
    {
        ImmutableArray<Diagnostic> found = await Prepare(code)
            .WithAnalyzers([new ArchitectureAnalyzer(), new CapabilityAnalyzer()])
            .GetAnalyzerDiagnosticsAsync();
        return [.. found.Select(each => $"{each.Id} {each.Severity}")];
    }

    private static CSharpCompilation Prepare(string code)
    {
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var references = trusted.Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication)
            .WithAllowUnsafe(true)
            .WithNullableContextOptions(NullableContextOptions.Enable);
        return CSharpCompilation
            .Create("Example", [Parse(ImplicitUsings), Parse(code)], references, options);
    }

    private static SyntaxTree Parse(string code) =>
        CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest));
}
