using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Architectures on which an ioctl takes the same C# type.</summary>
/// <param name="Shared">Whether that type is one of the shared namespace.</param>
internal sealed record ArgumentGroup(bool Shared, ArchitectureSet Architectures, ArgumentPlan Argument);

/// <summary>Finds the C# type of an ioctl's argument on each architecture, and which of them agree.</summary>
internal sealed class ArgumentPlanner(ApiSet set)
{
    private static readonly ApiType Void = new("void", EquatableArray<long>.Empty, null);

    public IEnumerable<ArgumentGroup> Plan(Placed<ApiIoctl> placed, IoctlKnowledge? known)
    {
        List<KeyValuePair<ArchitectureSet, ApiType?>> types = [];
        foreach (KeyValuePair<ArchitectureSet, ApiIoctl> variant in placed.Variants)
        {
            types.Add(new(variant.Key, TypeOf(variant.Value, known)));
        }

        // A method of the file itself can have one type only: that of most architectures' macros.
        ApiType? shared = types.Select(pair => pair.Value).FirstOrDefault(IsShared);
        ArchitectureSet together = ArchitectureSet.None;
        foreach (KeyValuePair<ArchitectureSet, ApiType?> pair in types)
        {
            if (IsShared(pair.Value) && SameType(pair.Value, shared))
            {
                together |= pair.Key;
            }
        }

        if (together != ArchitectureSet.None)
        {
            yield return new ArgumentGroup(true, together, Argument(shared, known, together));
        }

        foreach (KeyValuePair<ArchitectureSet, ApiType?> pair in types)
        {
            if (!together.Has(pair.Key))
            {
                bool here = IsShared(pair.Value) || set.RecordOf(pair.Value!, pair.Key) is not null
                    || set.EnumOf(pair.Value!, pair.Key) is not null;
                yield return new ArgumentGroup(
                    false, pair.Key, Argument(here ? pair.Value : Void, known, pair.Key));
            }
        }
    }

    private static bool SameType(ApiType? a, ApiType? b) =>
        a is null || b is null ? a == b : a.Name == b.Name && a.Dims == b.Dims;

    private bool IsShared(ApiType? type) => type is null || set.Placement.IsShared(type);

    /// <summary>The type behind the pointer, or null if the argument is none.</summary>
    private ApiType? TypeOf(ApiIoctl ioctl, IoctlKnowledge? known)
    {
        if (known is { Argument: "none" or "value" } || (known is null && ioctl.Argument is null))
        {
            return null;
        }

        ApiType? replaced = known is null ? null : TypeText.Parse(known.ArgumentType, null);
        ApiType type = replaced ?? ioctl.Argument ?? Void;
        bool exists = CSharpType.IsRecord(type) ? set.Placement.FindRecord(CSharpType.Tag(type)) is not null
            : !CSharpType.IsEnum(type) || set.Placement.FindEnum(CSharpType.Tag(type)) is not null;
        return exists ? type : Void;
    }

    private ArgumentPlan Argument(ApiType? type, IoctlKnowledge? known, ArchitectureSet architectures)
    {
        string name = Identifier.Of(known is { ArgumentName.Length: > 0 } ? known.ArgumentName : "argument");
        if (type is null)
        {
            return new ArgumentPlan(
                known is { Argument: "none" } ? ArgumentForm.None : ArgumentForm.Value, name, "", "", false);
        }

        FlexiblePlan? array = null;
        if (CSharpType.IsRecord(type))
        {
            Placed<FlatRecord> record = set.Placement.FindRecord(CSharpType.Tag(type))!;
            ArchitectureSet variant = record.IsShared ? record.Variants[0].Key : architectures;
            array = new FlexiblePlanner(set, variant).Plan(set.RecordOf(type, variant)!);
        }

        ArgumentForm form = known?.Argument switch
        {
            "in" => ArgumentForm.In,
            "out" => ArgumentForm.Out,
            "inout" => ArgumentForm.InOut,
            _ => ArgumentForm.Pointer,
        };

        // A reference to one element says nothing about the others, nor does one to a record about the array
        // behind it.
        bool whole = type.Name != "void" && type.Dims.Length == 0 && array is null;
        return new ArgumentPlan(
            whole ? form : ArgumentForm.Pointer, name, Pointee(type),
            array?.Entry ?? "", array is { Count.Length: > 0 });
    }

    private static string Pointee(ApiType type) => type.Name == "pointer" ? "nint" : CSharpType.Of(type.Name);
}
