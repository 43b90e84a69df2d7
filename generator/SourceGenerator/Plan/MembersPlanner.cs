using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans the classes that name a record's members for <c>offsetof</c>.</summary>
internal sealed class MembersPlanner(ApiSet set)
{
    /// <param name="placed">The record.</param>
    /// <param name="users">The architectures on which a function asks for one of its members.</param>
    public IEnumerable<MembersPart> Plan(Placed<FlatRecord> placed, ArchitectureSet users)
    {
        if (placed.IsShared)
        {
            yield return Plan(placed, placed.Variants[0], set.Namespace, set.Unless(placed.Architectures));
            yield break;
        }

        foreach (KeyValuePair<ArchitectureSet, FlatRecord> variant in placed.Variants)
        {
            if (users.Has(variant.Key))
            {
                yield return Plan(placed, variant, set.NamespaceOf(variant.Key), ArchitectureSet.None);
            }
        }
    }

    private MembersPart Plan(
        Placed<FlatRecord> placed, KeyValuePair<ArchitectureSet, FlatRecord> variant, string space,
        ArchitectureSet some)
    {
        string name = placed.Name + "_member";
        while (set.Placement.FindRecord(name) is not null || set.Placement.FindEnum(name) is not null)
        {
            name += "_";
        }

        List<MemberGroup> groups = [];
        HashSet<string> types = new(StringComparer.Ordinal);
        foreach (ApiField field in variant.Value.Record.Fields)
        {
            types.Add(field.Name);
        }

        Add(groups, types, variant.Key, new MemberGroup("", "", 0, EquatableArray<DesignatorPlan>.Empty), variant.Value.Record, name);
        return new MembersPart(
            space, name, Identifier.OfType(placed.Name), variant.Value.C,
            new EquatableArray<MemberGroup>(groups), some);
    }

    /// <summary>Adds a record's group, and those of the records inside of it.</summary>
    private void Add(
        List<MemberGroup> groups, HashSet<string> types, ArchitectureSet variant, MemberGroup group,
        ApiRecord record, string type)
    {
        int index = groups.Count;
        groups.Add(group);
        HashSet<string> taken = new(StringComparer.Ordinal);
        List<DesignatorPlan> members = [];

        // A bit-field has no offset in C either.
        foreach (ApiField field in record.Fields.Where(field => !field.IsBitField))
        {
            string name = Identifier.Member(field.Name, type, taken);
            long offset = group.Offset + field.Offset;
            ApiRecord? inner = field.Type.Dims.Length == 0 ? set.RecordOf(field.Type, variant) : null;
            if (inner is null)
            {
                members.Add(Designator(name, field, offset, variant));
                continue;
            }

            string path = group.C.Length == 0 ? field.Name : $"{group.C}.{field.Name}";
            string nested = Identifier.Member(path.Replace('.', '_') + "_members", type, types);
            members.Add(new DesignatorPlan(name, nested, "", field.C));
            Add(groups, types, variant, new MemberGroup(nested, path, offset, EquatableArray<DesignatorPlan>.Empty), inner, nested);
        }

        groups[index] = group with { Members = new EquatableArray<DesignatorPlan>(members) };
    }

    private DesignatorPlan Designator(string name, ApiField field, long offset, ArchitectureSet variant)
    {
        long length = 1;
        foreach (long dimension in field.Type.Dims)
        {
            length *= dimension;
        }

        // What is a record, or has no elements, is only a place.
        if (CSharpType.IsRecord(field.Type) || length <= 0)
        {
            return new DesignatorPlan(name, "KvmMember", $"{offset}", field.C);
        }

        string scalar = set.EnumOf(field.Type, variant)?.Type ?? field.Type.Name;
        long size = field.Size / length;
        return field.Type.Dims.Length == 0 || scalar is "void"
            ? new DesignatorPlan(name, "KvmScalarMember", $"{offset}, {size}", field.C)
            : new DesignatorPlan(name, "KvmArrayMember", $"{offset}, {size}, {length}", field.C);
    }
}
