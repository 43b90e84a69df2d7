using System.Text;
using KvmInterop.Generator.Emit;
using KvmInterop.Generator.Inputs;
using KvmInterop.Generator.Plan;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Generator;

/// <summary>Makes C# bindings from the models of <c>linux/kvm.h</c> among the AdditionalFiles.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class KvmGenerator : IIncrementalGenerator
{
    /// <summary>
    /// Text, model, parts, one file per part: an edit is followed no further than it makes a difference.
    /// Diagnostics are an output of their own, since their locations move with every line above them.
    /// </summary>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider.Where(InputFile.IsInput);
        var texts = files.Select(InputFile.Read).WithTrackingName(TrackingNames.Text);
        var models = texts
            .Where(file => file.IsModel)
            .Select(ModelFile.Read)
            .WithTrackingName(TrackingNames.Model);
        var knowledge = texts
            .Where(file => file.IsKnowledge)
            .Select(KnowledgeFile.Read)
            .WithTrackingName(TrackingNames.Knowledge);
        var lists = texts
            .Where(file => file.IsList)
            .Select(ApiList.Read)
            .WithTrackingName(TrackingNames.List);
        var namespaces = files
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((input, _) => FileNamespace.Read(input))
            .WithTrackingName(TrackingNames.Namespace);
        var inputs = models.Collect()
            .Combine(knowledge.Collect())
            .Combine(lists.Collect())
            .Combine(namespaces.Collect())
            .Select((input, _) => InputSet.From(input))
            .WithTrackingName(TrackingNames.Inputs);

        var parts = inputs
            .SelectMany((input, _) => input.Parts())
            .WithTrackingName(TrackingNames.Part);
        context.RegisterSourceOutput(parts, Write);

        var findings = inputs
            .Combine(texts.Collect())
            .SelectMany((input, _) => new InputChecker(input.Left).Findings(input.Right))
            .WithTrackingName(TrackingNames.Finding);
        context.RegisterSourceOutput(
            findings, (output, finding) => output.ReportDiagnostic(finding.ToDiagnostic()));
    }

    private static void Write(SourceProductionContext output, Part part)
    {
        output.CancellationToken.ThrowIfCancellationRequested();
        if (part is AbsentPart)
        {
            return;
        }

        output.AddSource(part.HintName, SourceText.From(PartEmitter.Emit(part), Encoding.UTF8));
    }
}
