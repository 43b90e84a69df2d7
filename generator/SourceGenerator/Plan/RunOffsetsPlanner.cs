using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Plans the offsets of <c>kvm_run</c>'s members. The record differs on every architecture, but a run loop
/// for all of them only needs members that most have, if not at the same place: s390x has two more before the
/// union.
/// </summary>
internal static class RunOffsetsPlanner
{
    public static RunOffsetsPart? Plan(ApiSet set)
    {
        if (set.Placement.FindRecord("kvm_run") is not { } run)
        {
            return null;
        }

        Dictionary<string, List<KeyValuePair<ArchitectureSet, ApiField>>> members = [];
        List<string> order = [];
        foreach (KeyValuePair<ArchitectureSet, FlatRecord> variant in run.Variants)
        {
            foreach (ApiField field in variant.Value.Record.Fields.Where(field => !field.IsBitField))
            {
                if (!members.TryGetValue(field.Name, out var where))
                {
                    members[field.Name] = where = [];
                    order.Add(field.Name);
                }

                where.Add(new(variant.Key, field));
            }
        }

        HashSet<string> taken = new(StringComparer.Ordinal);
        List<RunOffset> offsets = [];
        foreach (string name in order)
        {
            List<OffsetOn> on = [];
            ArchitectureSet all = ArchitectureSet.None;
            foreach (var group in members[name].GroupBy(pair => pair.Value.Offset))
            {
                ArchitectureSet some = group.Aggregate(ArchitectureSet.None, (set, pair) => set | pair.Key);
                on.Add(new OffsetOn(group.Key, some));
                all |= some;
            }

            string escaped = Identifier.Member(name, "KvmRunOffsets", taken);
            offsets.Add(new RunOffset(
                escaped, members[name][0].Value.C, new EquatableArray<OffsetOn>(on),
                on.Count == 1 && all == set.All, set.Unless(all)));
        }

        return new RunOffsetsPart(set.Namespace, new EquatableArray<RunOffset>(offsets));
    }
}
