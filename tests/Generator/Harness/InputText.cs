using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Tests.Generator.Harness;

/// <summary>An AdditionalFile.</summary>
internal sealed class InputText(string path, string text) : AdditionalText
{
    public override string Path => path;

    public string? Namespace { get; init; }

    public static InputText Of(ApiDocument model) => new(model.Architecture + ".api.json", model.Json());

    public static InputText Of(KnowledgeDocument knowledge) => new("ioctls.json", knowledge.Json());

    public override SourceText GetText(CancellationToken cancellationToken = default) =>
        SourceText.From(text, Encoding.UTF8);
}

/// <summary>What MSBuild tells the generator.</summary>
internal sealed class Options(Dictionary<string, string> properties, IReadOnlyList<InputText> files)
    : AnalyzerConfigOptionsProvider
{
    public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(properties);

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values([]);

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile)
    {
        string? chosen = files.FirstOrDefault(file => file.Path == textFile.Path)?.Namespace;
        return new Values(
            chosen is null ? [] : new() { ["build_metadata.AdditionalFiles.KvmNamespace"] = chosen });
    }

    private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) =>
            values.TryGetValue(key, out value);
    }
}
