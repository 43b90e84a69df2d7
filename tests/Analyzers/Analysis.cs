using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Tests.Analyzers;

/// <summary>Runs an analyzer over a source whose expected places are marked as <c>[|so|]</c>.</summary>
internal static class Analysis
{
    private const string Usings =
        """
        global using System; global using System.Diagnostics; global using System.Runtime.InteropServices;
        global using KvmInterop; global using KvmInterop.Native; global using KvmInterop.Native.X64;
        global using static Machine;
        [assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
        static class Machine { public static Vcpu vcpu => null!; public static Vm vm => null!; }
        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>The diagnostics are at the marked places and nowhere else.</summary>
    /// <returns>Their messages, by place.</returns>
    public static async Task<IReadOnlyList<string>> Verify(
        DiagnosticAnalyzer analyzer, string marked, params (string Name, string Value)[] properties)
    {
        (string source, List<TextSpan> expected) = Unmark(marked);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Analyzed",
            [Parse(Usings, "Usings.cs"), Parse(source, "Code.cs")],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        Assert.Empty(compilation.GetDiagnostics().Where(each => each.Severity == DiagnosticSeverity.Error));

        AnalyzerOptions options = new([], new Options(properties));
        ImmutableArray<Diagnostic> found = await compilation
            .WithAnalyzers([analyzer], options)
            .GetAnalyzerDiagnosticsAsync();

        Diagnostic[] ordered = [.. found.OrderBy(each => each.Location.SourceSpan.Start)];
        Assert.Equal(
            expected.Select(span => source.Substring(span.Start, span.Length)),
            ordered.Select(each => source[each.Location.SourceSpan.Start..each.Location.SourceSpan.End]));
        Assert.Equal(expected, ordered.Select(each => each.Location.SourceSpan));
        return [.. ordered.Select(each => $"{each.Severity} {each.Id}: {each.GetMessage(null)}")];
    }

    private static SyntaxTree Parse(string text, string path) =>
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest), path);

    private static (string Source, List<TextSpan> Spans) Unmark(string marked)
    {
        List<TextSpan> spans = [];
        for (int start = marked.IndexOf("[|", StringComparison.Ordinal); start >= 0;
            start = marked.IndexOf("[|", StringComparison.Ordinal))
        {
            int end = marked.IndexOf("|]", start, StringComparison.Ordinal);
            spans.Add(TextSpan.FromBounds(start, end - 2));
            marked = marked.Remove(end, 2).Remove(start, 2);
        }

        return (marked, spans);
    }

    private sealed class Options((string Name, string Value)[] properties) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(properties);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Values((string Name, string Value)[] properties) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = properties.FirstOrDefault(each => "build_property." + each.Name == key).Value;
            return value is not null;
        }
    }
}
