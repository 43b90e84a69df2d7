using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// All that one generated file is made from. A part compares by value and holds nothing of Roslyn, so that a
/// file is written again only when something in it changes.
/// </summary>
/// <param name="Namespace">The namespace that the file declares.</param>
/// <param name="Name">What the file is about, unique in its namespace.</param>
internal abstract record Part(string Namespace, string Name)
{
    /// <summary>Roslyn wants file names that differ by more than case, which C names need not.</summary>
    public string FileName { get; init; } = Name;

    public string HintName => $"{Namespace}.{FileName}.g.cs";
}

/// <summary>Fixed code that everything else refers to: one of the Templates.</summary>
internal sealed record SupportPart(string Namespace, string Name) : Part(Namespace, Name);

/// <param name="Architectures">Which have it, if not all that were given.</param>
internal sealed record EnumPart(
    string Namespace, string Name, string Summary, string Type, ArchitectureSet Architectures,
    EquatableArray<ConstantPlan> Members) : Part(Namespace, Name);

/// <summary>One file of the class that has a namespace's constants.</summary>
internal sealed record ConstantsPart(
    string Namespace, string Name, string Class, string Summary, EquatableArray<ConstantPlan> Constants)
    : Part(Namespace, Name);

/// <param name="Value">A C# expression.</param>
/// <param name="Doc">XML.</param>
/// <param name="Architectures">Which have it, if not all that were given.</param>
internal sealed record ConstantPlan(
    string Name, string Type, string Value, string Doc, ArchitectureSet Architectures);
