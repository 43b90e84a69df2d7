using Microsoft.CodeAnalysis;

namespace KvmInterop.Analyzers;

/// <summary>How messages call a symbol: <c>Vcpu.GetRegisters</c>.</summary>
internal static class Names
{
    public static string Of(ISymbol symbol) => symbol switch
    {
        // The file that takes an ioctl says more than the class that has its methods.
        IMethodSymbol { IsExtensionMethod: true, Parameters: [var file, ..] } =>
            $"{file.Type.Name}.{symbol.Name}",
        IMethodSymbol { MethodKind: MethodKind.LocalFunction } or INamedTypeSymbol => symbol.Name,
        _ => symbol.ContainingType is { } type ? $"{type.Name}.{symbol.Name}" : symbol.Name,
    };
}
