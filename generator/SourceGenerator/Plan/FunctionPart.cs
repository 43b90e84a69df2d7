using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The methods for function-like macros, in the class that has a namespace's constants.</summary>
internal sealed record FunctionsPart(
    string Namespace, string Class, EquatableArray<FunctionPlan> Functions)
    : Part(Namespace, Class + ".Functions");

/// <param name="Name">C# name, escaped.</param>
/// <param name="Type">C# type of the result.</param>
/// <param name="Body">A C# expression of that type.</param>
/// <param name="Doc">XML.</param>
/// <param name="Remarks">XML, or empty.</param>
/// <param name="Architectures">Which have it, if not all that were given.</param>
internal sealed record FunctionPlan(
    string Name, string Type, EquatableArray<string> Parameters, string Body, string Doc, string Remarks,
    ArchitectureSet Architectures);

/// <summary>The class that names the members of a record for the macros that ask for their offsets.</summary>
/// <param name="Record">C# name of the record.</param>
/// <param name="C">What it is in C.</param>
/// <param name="Groups">The record itself, then each record inside of it.</param>
internal sealed record MembersPart(
    string Namespace, string Name, string Record, string C, EquatableArray<MemberGroup> Groups,
    ArchitectureSet Architectures) : Part(Namespace, Name);

/// <param name="Name">C# name of the nested type; empty for the record itself.</param>
/// <param name="C">The path in C; empty for the record itself.</param>
/// <param name="Offset">Bytes from the start of the outermost record.</param>
internal sealed record MemberGroup(
    string Name, string C, long Offset, EquatableArray<DesignatorPlan> Members);

/// <param name="Name">C# name, escaped.</param>
/// <param name="Type">C# type without the type argument, or the nested type's name.</param>
/// <param name="Arguments">Of its constructor; empty for a nested type.</param>
/// <param name="C">Its C declaration.</param>
internal sealed record DesignatorPlan(string Name, string Type, string Arguments, string C);
