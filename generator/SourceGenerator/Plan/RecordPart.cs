using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>A struct or union, ready to be written.</summary>
/// <param name="Name">Its C# name without the escape.</param>
/// <param name="C">What it is in C.</param>
/// <param name="Pack">The alignment to force, or 0 where the members' own is C's.</param>
/// <param name="Architectures">Which have it, if not all that were given.</param>
internal sealed record RecordPart(
    string Namespace, string Name, string C, string Header, long Size, int Align, int Pack,
    ArchitectureSet Architectures, EquatableArray<MemberPlan> Members, FlexiblePlan? Flexible)
    : Part(Namespace, Name);

internal enum MemberForm
{
    Field,

    /// <summary>A fixed array: a field of a nested inline array type.</summary>
    Array,

    /// <summary>A property over some bits of the record.</summary>
    Bits,

    /// <summary>A member of size 0, which no C# field can be: a property that has nothing to say.</summary>
    Empty,

    /// <summary>An array that lies behind the record: no member in C#, only a remark.</summary>
    Behind,
}

/// <param name="Name">C# name, escaped.</param>
/// <param name="C">Its C declaration.</param>
/// <param name="Type">C# type, of one element if it is an array.</param>
/// <param name="ArrayType">Name of the nested type of an array; otherwise empty.</param>
/// <param name="Length">Number of elements of an array, all dimensions multiplied.</param>
/// <param name="Order">Of a bit-field.</param>
/// <param name="IsSigned">Of a bit-field.</param>
internal sealed record MemberPlan(
    MemberForm Form, string Name, string C, string Type, long BitOffset, long Size,
    string ArrayType = "", long Length = 0, int Dimensions = 0,
    int BitWidth = 0, BitOrder Order = BitOrder.LeastSignificantFirst, bool IsSigned = false);

/// <summary>The array behind a record.</summary>
/// <param name="Entry">C# type of an element.</param>
/// <param name="C">Which member it is in C.</param>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Count">C# name of the member that tells its length; empty if none does.</param>
/// <param name="CountType">C# type of that member.</param>
/// <param name="Unit">What it counts: <c>entries</c>, <c>bytes</c> or <c>total</c>.</param>
internal sealed record FlexiblePlan(
    string Entry, string C, long Offset, string Count, string CountType, string Unit);
