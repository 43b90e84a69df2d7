using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Turns placed records into parts.</summary>
internal sealed class RecordPlanner(ApiSet set)
{
    public IEnumerable<RecordPart> Plan()
    {
        foreach (Placed<FlatRecord> placed in set.Placement.Records)
        {
            if (placed.IsShared)
            {
                ArchitectureSet some = set.Unless(placed.Architectures);
                yield return Plan(
                    placed.First, placed.Variants[0].Key, placed.Architectures, set.Namespace, some);
                continue;
            }

            foreach (KeyValuePair<ArchitectureSet, FlatRecord> variant in placed.Variants)
            {
                string space = set.NamespaceOf(variant.Key);
                yield return Plan(variant.Value, variant.Key, variant.Key, space, ArchitectureSet.None);
            }
        }
    }

    private RecordPart Plan(
        FlatRecord flat, ArchitectureSet variant, ArchitectureSet all, string space, ArchitectureSet some)
    {
        ApiRecord record = flat.Record;
        int natural = 1;
        HashSet<string> taken = new(StringComparer.Ordinal);
        List<MemberPlan> members = [];
        foreach (ApiField field in record.Fields)
        {
            MemberPlan member = Member(field, record.Name, taken, all, variant);
            members.Add(member);
            if (member.Form is MemberForm.Field or MemberForm.Array)
            {
                natural = Math.Max(natural, Alignment(field.Type, variant));
            }
        }

        NameArrays(members, record.Name, taken);
        return new RecordPart(
            space, record.Name, flat.C, record.Header, record.Size, record.Align,
            natural > record.Align ? record.Align : 0, some, new EquatableArray<MemberPlan>(members),
            new FlexiblePlanner(set, variant).Plan(record));
    }

    private MemberPlan Member(
        ApiField field, string record, HashSet<string> taken, ArchitectureSet all, ArchitectureSet variant)
    {
        string name = Identifier.Member(field.Name, record, taken);
        string type = CSharpType.Of(field.Type.Name);
        string c = field.C;
        if (field.IsBitField)
        {
            bool signed = CSharpType.IsSigned(field.Type.Name);
            return new MemberPlan(
                MemberForm.Bits, name, c, type, field.BitOffset, field.Size,
                BitWidth: field.BitWidth, Order: all.BitOrder(), IsSigned: signed);
        }

        if (field.Type.IsFlexible)
        {
            return new MemberPlan(MemberForm.Behind, name, c, type, field.BitOffset, 0);
        }

        if (CSharpType.IsRecord(field.Type) && set.SizeOf(field.Type, variant) == 0)
        {
            return new MemberPlan(MemberForm.Empty, name, c, type, field.BitOffset, 0);
        }

        if (field.Type.Dims.Length == 0)
        {
            return new MemberPlan(MemberForm.Field, name, c, type, field.BitOffset, field.Size);
        }

        long length = 1;
        foreach (long dimension in field.Type.Dims)
        {
            length *= dimension;
        }

        string element = CSharpType.OfElement(field.Type.Name);
        return length == 0
            ? new MemberPlan(MemberForm.Behind, name, c, element, field.BitOffset, 0)
            : new MemberPlan(
                MemberForm.Array, name, c, element, field.BitOffset, field.Size,
                Length: length, Dimensions: field.Type.Dims.Length);
    }

    /// <summary>Names the nested types after all members have theirs, since C's names come first.</summary>
    private static void NameArrays(List<MemberPlan> members, string record, HashSet<string> taken)
    {
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].Form == MemberForm.Array)
            {
                string name = Identifier.Member(members[i].Name.TrimStart('@') + "_array", record, taken);
                members[i] = members[i] with { ArrayType = name };
            }
        }
    }

    private int Alignment(ApiType type, ArchitectureSet variant) =>
        CSharpType.IsRecord(type) ? set.RecordOf(type, variant)?.Align ?? 1
        : CSharpType.IsEnum(type) ? CSharpType.ScalarAlignment(set.EnumOf(type, variant)?.Type ?? "u32")
        : CSharpType.ScalarAlignment(type.Name);
}
