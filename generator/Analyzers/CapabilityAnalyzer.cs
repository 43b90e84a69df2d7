using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KvmInterop.Analyzers;

/// <summary>KVM0002: an ioctl whose capability nothing in the program asks for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CapabilityAnalyzer : DiagnosticAnalyzer
{
    private const string AttributeName = "KvmCapabilitiesAttribute";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Descriptors.Capability);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            ConcurrentDictionary<string, bool> asked = new(StringComparer.Ordinal);
            ConcurrentBag<Need> needs = [];
            start.RegisterOperationAction(
                operation => Mention(asked, (IFieldReferenceOperation)operation.Operation),
                OperationKind.FieldReference);
            start.RegisterOperationAction(
                operation => Call(
                    needs, operation.Operation, ((IInvocationOperation)operation.Operation).TargetMethod),
                OperationKind.Invocation);
            start.RegisterOperationAction(
                operation => Call(
                    needs, operation.Operation, ((IMethodReferenceOperation)operation.Operation).Method),
                OperationKind.MethodReference);
            start.RegisterCompilationEndAction(end =>
            {
                foreach (Need need in needs.Where(need => !need.Capabilities.Any(asked.ContainsKey)))
                {
                    end.ReportDiagnostic(Diagnostic.Create(
                        Descriptors.Capability, need.Location, need.Name,
                        string.Join(" or ", need.Capabilities)));
                }
            });
        });
    }

    // By the enum or by the constant; in the call itself, or in a list that is gone through. Whoever names a
    // capability has thought of it.
    private static void Mention(ConcurrentDictionary<string, bool> asked, IFieldReferenceOperation reference)
    {
        if (reference.Field.Name.StartsWith("KVM_CAP_", StringComparison.Ordinal)
            && reference.Parent is not INameOfOperation)
        {
            asked[reference.Field.Name] = true;
        }
    }

    private static void Call(ConcurrentBag<Need> needs, IOperation operation, IMethodSymbol method)
    {
        foreach (AttributeData attribute in (method.ReducedFrom ?? method).OriginalDefinition.GetAttributes())
        {
            if (attribute.AttributeClass?.Name == AttributeName
                && attribute.ConstructorArguments is [{ Kind: TypedConstantKind.Array, Values: var names }])
            {
                needs.Add(new Need(
                    ArchitectureAnalyzer.Place(operation.Syntax), Names.Of(method),
                    names.Select(name => (string)name.Value!).ToImmutableArray()));
            }
        }
    }

    private sealed record Need(Location Location, string Name, ImmutableArray<string> Capabilities);
}
