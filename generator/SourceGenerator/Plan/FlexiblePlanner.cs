using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Finds the array that lies behind a record, and the member that tells its length.</summary>
internal sealed class FlexiblePlanner(ApiSet set, ArchitectureSet variant)
{
    private static readonly string[] Integers =
        ["byte", "ushort", "uint", "ulong", "nuint", "sbyte", "short", "int", "long", "nint"];

    private readonly List<Tail> tails = [];

    /// <summary>The C# type of what follows the record; null if the record is all there is.</summary>
    public string? FindEntry(ApiRecord record)
    {
        Collect(record, 0, "");

        // Alternatives of a union (the two of kvm_nested_state) have no common element but the byte.
        return tails.Count == 0 ? null : tails.Count == 1 ? CSharpType.OfElement(tails[0].Type) : "byte";
    }

    public FlexiblePlan? Plan(ApiRecord record, List<MemberPlan> members)
    {
        if (FindEntry(record) is not { } entry)
        {
            return null;
        }

        string c = string.Join(", ", tails.Select(tail => tail.Path));
        long offset = tails.Min(tail => tail.Offset);
        FlexibleKnowledge? known = set.FlexibleOf(record.Name, tails.Select(tail => tail.Path));
        MemberPlan? count = known is null ? null : CountMember(known.Count, members);
        return count is null
            ? new FlexiblePlan(entry, c, offset, "", "", "")
            : new FlexiblePlan(entry, c, offset, count.Name, count.Type, known!.Unit);
    }

    private static MemberPlan? CountMember(string name, List<MemberPlan> members) =>
        members.Find(member =>
            member.Form == MemberForm.Field && member.Name == Identifier.Of(name)
            && Integers.Contains(member.Type));

    private void Collect(ApiRecord record, long origin, string path)
    {
        foreach (ApiField field in record.Fields)
        {
            long offset = origin + field.Offset;
            if (field.Type.IsFlexible)
            {
                tails.Add(new Tail(path + field.Name, offset, field.Type.Name));
            }
            else if (field.Type.Dims.Length == 0 && set.RecordOf(field.Type, variant) is { } inner)
            {
                Collect(inner, offset, path + field.Name + ".");
            }
        }
    }

    private sealed record Tail(string Path, long Offset, string Type);
}
