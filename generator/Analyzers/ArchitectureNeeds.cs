using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KvmInterop.Analyzers;

/// <summary>Which architectures a use of a symbol needs.</summary>
internal sealed class ArchitectureNeeds
{
    public const string AttributeName = "KvmArchitecturesAttribute";

    private readonly ConcurrentDictionary<ISymbol, int> known = new(SymbolEqualityComparer.Default);

    /// <summary>What an operation needs, and of which symbol; all architectures if it needs none.</summary>
    public (int Bits, ISymbol? Symbol) Of(IOperation operation) => operation switch
    {
        IInvocationOperation call => OfCall(call.TargetMethod),
        IMethodReferenceOperation reference => OfCall(reference.Method),
        IObjectCreationOperation { Constructor.ContainingType: { } type } => (Of(type), type),
        IFieldReferenceOperation { Field: var field } when IsValueOfOne(field) => (Of(field), field),
        IPropertyReferenceOperation { Property: { IsStatic: true } property } => (Of(property), property),
        IPropertyReferenceOperation { Property: var property } => (OfAttribute(property), property),
        IEventReferenceOperation { Event: var @event } => (OfAttribute(@event), @event),
        _ => (ArchitectureBits.All, null),
    };

    /// <summary>What the attributes on a member and on what contains it promise.</summary>
    public static int Promised(ISymbol symbol)
    {
        int bits = ArchitectureBits.All;
        for (ISymbol? each = symbol; each is not null and not INamespaceSymbol; each = each.ContainingSymbol)
        {
            bits &= OfAttribute(each);
            if (each is IMethodSymbol { AssociatedSymbol: { } property })
            {
                bits &= OfAttribute(property);
            }
        }

        return bits & OfAttribute(symbol.ContainingModule) & OfAttribute(symbol.ContainingAssembly);
    }

    private (int Bits, ISymbol Symbol) OfCall(IMethodSymbol method)
    {
        // A record of one architecture as a type argument: its layout is what the call works with.
        int bits = method.TypeArguments.Aggregate(Of(method), (all, type) => all & Of(type));
        return (bits, method);
    }

    private int Of(ISymbol symbol) => known.GetOrAdd(symbol.OriginalDefinition, static each => Find(each));

    private static int Find(ISymbol symbol)
    {
        int bits = ArchitectureBits.All;
        for (ISymbol? each = symbol; each is not null and not INamespaceSymbol; each = each.ContainingType)
        {
            bits &= OfAttribute(each);
        }

        // The namespace of an architecture's bindings, wherever somebody has generated them to.
        INamespaceSymbol? space = symbol.ContainingNamespace;
        int own = space is null ? ArchitectureBits.None : ArchitectureBits.FromNamespace(space.Name);
        bool isGenerated = own != ArchitectureBits.None
            && !space!.ContainingNamespace.GetTypeMembers(AttributeName).IsEmpty;
        return isGenerated ? bits & own : bits;
    }

    /// <summary>
    /// A constant or another static value. Members of enums only name something, and a capability or an exit
    /// reason is what a portable program asks for and compares with.
    /// </summary>
    private static bool IsValueOfOne(IFieldSymbol field) =>
        field.IsStatic
        && field.ContainingType.TypeKind != TypeKind.Enum
        && !field.Name.StartsWith("KVM_CAP_", StringComparison.Ordinal)
        && !field.Name.StartsWith("KVM_EXIT_", StringComparison.Ordinal);

    private static int OfAttribute(ISymbol? symbol)
    {
        int bits = ArchitectureBits.All;
        if (symbol is null)
        {
            return bits;
        }

        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass?.Name == AttributeName
                && attribute.ConstructorArguments is [{ Value: int value }])
            {
                bits &= value;
            }
        }

        return bits;
    }
}
