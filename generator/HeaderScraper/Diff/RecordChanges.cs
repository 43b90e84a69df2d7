using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What changed in records: in those that both models have, member by member.</summary>
internal static class RecordChanges
{
    // `struct x` and `union x` are one name in C: a record that became the other is the same record.
    public static IEnumerable<Change> Of(ApiDocument old, ApiDocument @new) =>
        Pairs.Of(old.Records, @new.Records, record => record.Name).SelectMany(pair =>
            pair.Old is null ? Added(pair.New!)
            : pair.New is null ? Removed(pair.Old)
            : Compare(pair.Old, pair.New, @new));

    private static IEnumerable<Change> Added(ApiRecord now) =>
    [
        new Change(Subject.Record, now.Name, ChangeKind.Added, "", Describe(now), Breaks.None),
        .. FieldChanges.Of(now with { Fields = EquatableArray<ApiField>.Empty }, now).Select(PartOfAll),
    ];

    private static IEnumerable<Change> Removed(ApiRecord was) =>
    [
        new Change(Subject.Record, was.Name, ChangeKind.Removed, Describe(was), "", Breaks.Source),
        .. FieldChanges.Of(was, was with { Fields = EquatableArray<ApiField>.Empty }).Select(PartOfAll),
    ];

    private static Change PartOfAll(Change change) => change with { PartOf = change.Outer };

    private static List<Change> Compare(ApiRecord was, ApiRecord now, ApiDocument @new)
    {
        List<Change> changes = [];
        if (was.Kind != now.Kind)
        {
            changes.Add(new Change(
                Subject.Record, now.Name, ChangeKind.Retyped, was.Kind, now.Kind, Breaks.Both));
        }

        if (was.Size != now.Size)
        {
            changes.Add(new Change(
                Subject.Record, now.Name, ChangeKind.Resized, Count.Bytes(was.Size), Count.Bytes(now.Size),
                Breaks.Binary, Users(now, @new)));
        }

        if (was.Align != now.Align)
        {
            changes.Add(new Change(
                Subject.Record, now.Name, ChangeKind.Realigned,
                Count.Bytes(was.Align), Count.Bytes(now.Align), Breaks.Binary));
        }

        changes.AddRange(FieldChanges.Of(was, now));
        return changes;
    }

    private static string Users(ApiRecord record, ApiDocument document)
    {
        string type = $"{record.Kind} {record.Name}";
        string[] users =
            [.. document.Ioctls.Where(ioctl => ioctl.Argument?.Name == type).Select(ioctl => ioctl.Name)];
        return users.Length == 0 ? "" : $"the size is part of the number of {string.Join(", ", users)}";
    }

    private static string Describe(ApiRecord record) =>
        $"{record.Kind} of {Count.Bytes(record.Size)}, {Count.Of(RecordMember.Of(record).Count, "member")}";
}
