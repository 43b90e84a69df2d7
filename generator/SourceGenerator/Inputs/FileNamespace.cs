using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KvmInterop.Generator.Inputs;

/// <summary>
/// The namespace that a file's bindings go to: the item's <c>KvmNamespace</c>, so that a project can have
/// those of two header trees, otherwise the project's.
/// </summary>
/// <param name="IsOwn">Whether the item itself names it.</param>
internal sealed record FileNamespace(string Path, string Namespace, bool IsOwn = false)
{
    public const string Default = "KvmInterop.Native";

    public bool IsValid => Namespace.Split('.').All(
        part => SyntaxFacts.IsValidIdentifier(part) && SyntaxFacts.GetKeywordKind(part) == SyntaxKind.None);

    public static FileNamespace Read((AdditionalText File, AnalyzerConfigOptionsProvider Options) input)
    {
        AnalyzerConfigOptions file = input.Options.GetOptions(input.File);
        string? own = Option(file, "build_metadata.AdditionalFiles.KvmNamespace");
        string? chosen = own ?? Option(input.Options.GlobalOptions, "build_property.KvmNamespace");
        return new FileNamespace(input.File.Path, chosen ?? Default, own is not null);
    }

    private static string? Option(AnalyzerConfigOptions options, string name) =>
        options.TryGetValue(name, out string? value) && value.Trim().Length > 0 ? value.Trim() : null;
}
