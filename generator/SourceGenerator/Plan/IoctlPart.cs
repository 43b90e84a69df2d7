using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The methods of one ioctl in one namespace.</summary>
/// <param name="Macro">C name.</param>
/// <param name="Method">C# name.</param>
/// <param name="Request">A C# expression for the request.</param>
/// <param name="Fds">C# types of the files that take it.</param>
/// <param name="Extensions">The class that has them as extension methods; empty: they are the files'
/// own.</param>
/// <param name="Architectures">Which have it, if not all that were given.</param>
/// <param name="Capabilities">C names, any of which says that the kernel has it; empty: it always does.</param>
/// <param name="Returns">XML.</param>
internal sealed record IoctlPart(
    string Namespace, string Macro, string Method, string Request, EquatableArray<string> Fds,
    string Extensions, ArgumentPlan Argument, ArchitectureSet Architectures,
    EquatableArray<string> Capabilities,
    string Summary, string Remarks, string Returns)
    : Part(Namespace, "Ioctl." + Macro);

internal enum ArgumentForm
{
    None,
    Value,
    In,
    Out,
    InOut,

    /// <summary>Only as a pointer: the kernel touches an unknown amount behind it.</summary>
    Pointer,
}

/// <param name="Name">C# name of the parameter.</param>
/// <param name="Type">C# type behind the pointer; <c>void</c> if unknown; empty if there is none.</param>
/// <param name="Entry">C# type of the elements behind a flexible record; otherwise empty.</param>
/// <param name="IsCounted">Whether a flexible record tells how many elements there are.</param>
internal sealed record ArgumentPlan(
    ArgumentForm Form, string Name, string Type, string Entry, bool IsCounted);

/// <summary>Requests whose number differs by architecture although their methods are shared.</summary>
internal sealed record RequestsPart(string Namespace, EquatableArray<RequestPlan> Requests)
    : Part(Namespace, "KvmRequests");

/// <param name="Groups">Architectures that number it alike; each has a constant of that name in its own
/// class.</param>
internal sealed record RequestPlan(string Macro, EquatableArray<ArchitectureGroup> Groups);

internal sealed record ArchitectureGroup(ArchitectureSet Architectures);
