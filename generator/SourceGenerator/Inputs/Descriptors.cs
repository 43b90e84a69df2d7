using Microsoft.CodeAnalysis;

namespace KvmInterop.Generator.Inputs;

/// <summary>The diagnostics, each with one meaning.</summary>
internal static class Descriptors
{
    private const string Category = "KvmInterop.Generator";

    public static readonly DiagnosticDescriptor Unreadable = new(
        "KVMGEN001", "A model or ioctls.json cannot be read", "Nothing is generated: {0}",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnknownSchema = new(
        "KVMGEN002", "A model or ioctls.json is of another version", "Nothing is generated: {0}",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor ArchitectureTwice = new(
        "KVMGEN003", "Two models are of one architecture",
        "This is a second model of {0}, beside {1}; name one of them, or give them different namespaces",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnknownIoctl = new(
        "KVMGEN004", "An ioctl is not in ioctls.json",
        "{0} has no row in ioctls.json, so it is generated from its macro alone; a row would tell the kinds "
        + "of file and the argument",
        Category, DiagnosticSeverity.Info, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor InvalidNamespace = new(
        "KVMGEN005", "KvmNamespace is no namespace",
        "'{0}' is no namespace; set KvmNamespace to one, such as My.Kvm",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor KnowledgeTwice = new(
        "KVMGEN006", "There are two ioctls.json",
        "This is a second ioctls.json for the namespace {0}; name one of them",
        Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor NoKnowledge = new(
        "KVMGEN007", "There is no ioctls.json",
        "No AdditionalFile is an ioctls.json, so all ioctls are generated from their macros alone",
        Category, DiagnosticSeverity.Info, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor FlexibleDoesNotFit = new(
        "KVMGEN008", "A flexible array's row does not fit the header",
        "{0} has no integer member '{1}' to count the entries of its array, so no buffer of it is checked; "
        + "name the member that does",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor ListedNothing = new(
        "KVMGEN010", "An entry of KvmApis.txt chooses nothing",
        "Nothing in these headers is called '{0}'{1}",
        Category, DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly IReadOnlyDictionary<string, DiagnosticDescriptor> All = new[]
    {
        Unreadable, UnknownSchema, ArchitectureTwice, UnknownIoctl, InvalidNamespace, KnowledgeTwice,
        NoKnowledge, FlexibleDoesNotFit, ListedNothing,
    }.ToDictionary(descriptor => descriptor.Id);
}
