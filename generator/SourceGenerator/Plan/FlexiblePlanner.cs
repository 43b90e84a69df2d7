using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Finds the array that lies behind a record, and the member that tells its length.</summary>
internal sealed class FlexiblePlanner(ApiSet set, ArchitectureSet variant)
{
    private static readonly string[] Integers =
        ["byte", "ushort", "uint", "ulong", "nuint", "sbyte", "short", "int", "long", "nint"];

    private readonly List<Tail> tails = [];

    /// <summary>The array behind a record; null if the record is all there is.</summary>
    public FlexiblePlan? Plan(ApiRecord record)
    {
        Collect(record, 0, "");
        if (tails.Count == 0)
        {
            return null;
        }

        // Alternatives of a union (the two of kvm_nested_state) have no common element but the byte.
        string entry = tails.Count == 1 ? CSharpType.OfElement(tails[0].Type) : "byte";
        string c = string.Join(", ", tails.Select(tail => tail.Path));
        long offset = tails.Min(tail => tail.Offset);
        FlexibleKnowledge? known = set.FlexibleOf(record.Name, tails.Select(tail => tail.Path));
        return known is not null && IsCount(record, known.Count, out string type)
            ? new FlexiblePlan(entry, c, offset, Identifier.Of(known.Count), type, known.Unit)
            : new FlexiblePlan(entry, c, offset, "", "", "");
    }

    /// <summary>Whether a member can tell how long an array is: it has to be a plain integer.</summary>
    private static bool IsCount(ApiRecord record, string name, out string type)
    {
        foreach (ApiField field in record.Fields)
        {
            if (field.Name == name && !field.IsBitField && field.Type.Dims.Length == 0)
            {
                type = CSharpType.Of(field.Type.Name);
                return Integers.Contains(type);
            }
        }

        type = "";
        return false;
    }

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
