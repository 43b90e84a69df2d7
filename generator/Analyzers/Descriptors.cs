using Microsoft.CodeAnalysis;

namespace KvmInterop.Analyzers;

/// <summary>The diagnostics. Each has a page of its id in docs/analyzers.</summary>
internal static class Descriptors
{
    private const string Category = "Usage";

    public static readonly DiagnosticDescriptor Architecture = new(
        "KVM0001",
        "Needs an architecture that the code around it does not check",
        "'{0}' needs {1}, and this code can run on another architecture: "
            + "check RuntimeInformation.ProcessArchitecture first",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "Code that names another architecture's types compiles everywhere, but the kernel of this machine "
            + "knows other records and other requests under these numbers. Check the architecture, or say "
            + "with [KvmArchitectures] that the code is for it alone.");

    public static readonly DiagnosticDescriptor Capability = new(
        "KVM0002",
        "Needs a capability that is nowhere checked",
        "'{0}' needs {1}, which this program nowhere checks: ask CheckExtension or Require for it",
        Category,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        "A kernel or processor without the capability refuses the call, often with an error that does not "
            + "say why. Ask for the capability where the program starts, and say what is missing.",
        helpLinkUri: null,
        WellKnownDiagnosticTags.CompilationEnd);
}
