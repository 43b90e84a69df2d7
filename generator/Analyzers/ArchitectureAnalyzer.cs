using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KvmInterop.Analyzers;

/// <summary>KVM0001: an architecture's API where another architecture's process can come.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ArchitectureAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Descriptors.Architecture);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            ArchitectureNeeds needs = new();
            AnalyzerConfigOptions options = start.Options.AnalyzerConfigOptionsProvider.GlobalOptions;
            int project = ArchitectureBits.OfProject(options);
            start.RegisterOperationBlockAction(block => Analyze(block, needs, project));
        });
    }

    private static void Analyze(OperationBlockAnalysisContext context, ArchitectureNeeds needs, int project)
    {
        HashSet<IOperation> roots = [];
        foreach (IOperation block in context.OperationBlocks)
        {
            // Most code has nothing to do with KVM, and an attribute runs on no machine.
            if (block is IAttributeOperation || !roots.Add(Root(block))
                || !Root(block).Descendants().Any(each => needs.Of(each).Bits != ArchitectureBits.All))
            {
                continue;
            }

            HashSet<Location> reported = [];
            ArchitectureConditions conditions = new(Root(block));
            ArchitectureFlow flow = new(needs, conditions, (operation, symbol, bits) =>
            {
                Location location = Place(operation.Syntax);
                if (reported.Add(location))
                {
                    context.ReportDiagnostic(Diagnostic.Create(
                        Descriptors.Architecture, location, Names.Of(symbol),
                        ArchitectureBits.Describe(bits)));
                }
            });
            flow.Run(
                context.GetControlFlowGraph(block),
                ArchitectureBits.All & project & ArchitectureNeeds.Promised(context.OwningSymbol));
        }
    }

    private static IOperation Root(IOperation operation) =>
        operation.Parent is null ? operation : Root(operation.Parent);

    /// <summary>The name that was written, without what it is called on.</summary>
    internal static Location Place(SyntaxNode syntax) => syntax switch
    {
        InvocationExpressionSyntax call => Place(call.Expression),
        MemberAccessExpressionSyntax access => access.Name.GetLocation(),
        MemberBindingExpressionSyntax binding => binding.Name.GetLocation(),
        ObjectCreationExpressionSyntax creation => creation.Type.GetLocation(),
        _ => syntax.GetLocation(),
    };
}
