using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The look-up from numbers to names.</summary>
/// <param name="ExitReasons">C# names of one member for each number.</param>
/// <param name="Needs">The ioctls that not every kernel has.</param>
internal sealed record NamesPart(
    string Namespace, EquatableArray<string> ExitReasons, EquatableArray<string> Capabilities,
    EquatableArray<RequestNames> Requests, EquatableArray<IoctlNeed> Needs) : Part(Namespace, "KvmNames");

/// <summary>The capabilities of an ioctl, any of which says that the kernel has it.</summary>
internal sealed record IoctlNeed(string Ioctl, EquatableArray<string> Capabilities);

/// <summary>The requests of one kind of file on architectures that number them alike.</summary>
/// <param name="Kind">Member of the emitted <c>KvmFdKind</c>.</param>
internal sealed record RequestNames(
    string Kind, ArchitectureSet Architectures, EquatableArray<RequestName> Names);

/// <param name="Name">A C# expression: a text, or a choice by architecture between texts.</param>
internal sealed record RequestName(uint Value, string Name);

/// <summary>Where the members of <c>kvm_run</c> are.</summary>
internal sealed record RunOffsetsPart(string Namespace, EquatableArray<RunOffset> Offsets)
    : Part(Namespace, "KvmRunOffsets");

/// <param name="C">Its declaration in C.</param>
/// <param name="Offsets">Byte offsets with the architectures that have it there.</param>
/// <param name="Everywhere">Whether all architectures have it, all at one offset.</param>
internal sealed record RunOffset(
    string Name, string C, EquatableArray<OffsetOn> Offsets, bool Everywhere, ArchitectureSet Architectures);

internal sealed record OffsetOn(long Offset, ArchitectureSet Architectures);
