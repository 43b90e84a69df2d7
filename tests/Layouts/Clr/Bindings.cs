using System.Reflection;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>An assembly's generated types, as seen from one architecture.</summary>
internal sealed class Bindings(Assembly assembly, string root, ApiDocument model)
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

    private static string NameOf(string architecture) =>
        Architectures.Single(name => name.Equals(architecture, StringComparison.OrdinalIgnoreCase));
}
