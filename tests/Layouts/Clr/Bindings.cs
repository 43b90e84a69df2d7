using System.Reflection;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>An assembly's generated types, as seen from one architecture.</summary>
/// <param name="model">The architecture's model.</param>
/// <param name="all">All models that the assembly was made from.</param>
internal sealed class Bindings(
    Assembly assembly, string root, ApiDocument model, IReadOnlyList<ApiDocument> all)
{
    private static readonly string[] Architectures =
        ["X64", "Arm64", "RiscV64", "S390x", "Ppc64le", "Mips64", "LoongArch64"];

    public Assembly Assembly { get; } = assembly;

    public ApiDocument Model { get; } = model;

    public string Shared { get; } = root;

    public string Own { get; } = $"{root}.{NameOf(model.Architecture)}";

    /// <summary>The classes of constants and requests that this architecture's code can name.</summary>
    public IEnumerable<Type> ConstantClasses =>
    [
        Assembly.GetType($"{Shared}.KvmApi", throwOnError: true)!,
        Assembly.GetType($"{Own}.KvmApi{NameOf(Model.Architecture)}", throwOnError: true)!,
    ];

    /// <summary>The type that a C name means on this architecture; null for none or two.</summary>
    public Type? Find(string name)
    {
        Type?[] found = [Assembly.GetType($"{Shared}.{name}"), Assembly.GetType($"{Own}.{name}")];
        return found[0] is null ? found[1] : found[1] is null ? found[0] : null;
    }

    /// <summary>The generated structs that stand for records: those with a layout of C.</summary>
    public IEnumerable<Type> Records(string space) =>
        Assembly.GetTypes().Where(t => t.IsValueType && t.IsExplicitLayout && t.Namespace == space);

    /// <summary>
    /// s390x counts bits from a byte's most significant one; the code of a record that others have too counts
    /// as the machine does on which it runs, and these tests run on little-endian ones.
    /// </summary>
    public bool CountsFromMostSignificant(Type type) => Model.Architecture == "s390x"
        && (type.Namespace == Own || !all.Any(m => m != Model && m.Records.Any(r => r.Name == type.Name)));

    private static string NameOf(string architecture) =>
        Architectures.Single(name => name.Equals(architecture, StringComparison.OrdinalIgnoreCase));
}
