using System.Text.RegularExpressions;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What changed between the members of two forms of one record.</summary>
internal sealed partial class FieldChanges
{
    private const string RoomNote = "room kept for later members, in a record of the same size";

    private readonly ApiRecord before;
    private readonly ApiRecord after;
    private readonly Dictionary<string, RecordMember> oldMembers;
    private readonly Dictionary<string, RecordMember> newMembers;

    private FieldChanges(ApiRecord before, ApiRecord after)
    {
        this.before = before;
        this.after = after;
        oldMembers = RecordMember.Of(before).ToDictionary(member => member.Path);
        newMembers = RecordMember.Of(after).ToDictionary(member => member.Path);
    }

    /// <summary>What is gone, then the rest in the order of the new declaration.</summary>
    public static IEnumerable<Change> Of(ApiRecord before, ApiRecord after)
    {
        FieldChanges changes = new(before, after);
        return
        [
            .. changes.oldMembers.Values.Where(member => !changes.newMembers.ContainsKey(member.Path))
                .Select(changes.Removed),
            .. changes.newMembers.Values.SelectMany(changes.Compare),
        ];
    }

    private List<Change> Compare(RecordMember now)
    {
        if (!oldMembers.TryGetValue(now.Path, out RecordMember? was))
        {
            return [Added(now)];
        }

        List<Change> changes = [];
        if (was.BitOffset != now.BitOffset)
        {
            changes.Add(Moved(was, now));
        }

        string oldType = TypeOf(was.Field);
        string newType = TypeOf(now.Field);
        if (oldType != newType || !IsSameWidth(was, now))
        {
            changes.Add(Retyped(was, oldType, now, newType));
        }

        return changes;
    }

    private Change Removed(RecordMember was)
    {
        RecordMember? heir = newMembers.Values.FirstOrDefault(now =>
            now.Parent == was.Parent && now.BitOffset == was.BitOffset && !oldMembers.ContainsKey(now.Path));
        bool withParent = was.Parent.Length > 0 && !newMembers.ContainsKey(was.Parent);
        return new Change(
            Subject.Field, Name(was.Path), ChangeKind.Removed, Describe(was), "", Breaks.Source,
            heir is null ? "" : $"{Name(heir.Path)} has its place")
        {
            PartOf = withParent ? Name(was.Parent) : "",
        };
    }

    private Change Added(RecordMember now)
    {
        bool withParent = now.Parent.Length > 0 && !oldMembers.ContainsKey(now.Parent);
        return new Change(Subject.Field, Name(now.Path), ChangeKind.Added, "", Describe(now), Breaks.None)
        {
            PartOf = withParent ? Name(now.Parent) : "",
        };
    }

    private Change Moved(RecordMember was, RecordMember now)
    {
        bool withParent = now.Parent.Length > 0
            && oldMembers.TryGetValue(now.Parent, out RecordMember? oldParent)
            && newMembers[now.Parent].BitOffset - oldParent.BitOffset == now.BitOffset - was.BitOffset;
        bool room = IsRoom(was, now);
        return new Change(
            Subject.Field, Name(now.Path), ChangeKind.Moved, Place(was), Place(now),
            room ? Breaks.None : Breaks.Binary, room ? RoomNote : "")
        {
            PartOf = withParent ? Name(now.Parent) : "",
        };
    }

    private Change Retyped(RecordMember was, string oldType, RecordMember now, string newType)
    {
        bool sameWidth = IsSameWidth(was, now);
        bool room = IsRoom(was, now);
        Breaks breaks = Breaks.None;
        if (!room && !sameWidth)
        {
            breaks |= Breaks.Binary;
        }

        // Where the type has the same name, its own record tells what breaks; an array that grew still has
        // every element that programs name.
        bool longer = was.Field.Type.Name == now.Field.Type.Name
            && was.Field.Type.Dims.Length == now.Field.Type.Dims.Length && was.Field.Size < now.Field.Size;
        // The members of a record that only this member has are reached by the same names in a struct and in
        // a union.
        bool bothInline = was.Field.Type.Inline is not null && now.Field.Type.Inline is not null
            && was.Field.Type.Dims == now.Field.Type.Dims;
        if (!room && oldType != newType && !longer && !bothInline)
        {
            breaks |= Breaks.Source;
        }

        return new Change(
            Subject.Field, Name(now.Path), sameWidth ? ChangeKind.Retyped : ChangeKind.Resized,
            sameWidth ? oldType : $"{oldType}, {Width(was.Field)}",
            sameWidth ? newType : $"{newType}, {Width(now.Field)}", breaks, room ? RoomNote : "");
    }

    /// <summary>Room kept for later members, which changes as they come, and which no program uses.</summary>
    private bool IsRoom(RecordMember was, RecordMember now) =>
        before.Size == after.Size && Reserved().IsMatch(was.Name)
        && was.Field.Type.Name == now.Field.Type.Name;

    private string Name(string path) => $"{after.Name}.{path}";

    private static bool IsSameWidth(RecordMember was, RecordMember now) =>
        was.Field.Size == now.Field.Size && was.Field.BitWidth == now.Field.BitWidth;

    private static string Describe(RecordMember member) =>
        $"{TypeOf(member.Field)} at {Place(member)}, {Width(member.Field)}";

    private static string Width(ApiField field) =>
        field.IsBitField ? Count.Of(field.BitWidth, "bit") : Count.Bytes(field.Size);

    private static string Place(RecordMember member) => member.Field.IsBitField
        ? $"{member.BitOffset / 8}:{member.BitOffset % 8}"
        : $"{member.BitOffset / 8}";

    // [0] and [] are two spellings of what follows a record; a record that only a member has is compared by
    // its own members.
    private static string TypeOf(ApiField field)
    {
        string text = TypeText.Format(field.Type);
        return field.Type.Inline is { } inline
                ? text.Replace(TypeText.Inline, inline.Kind, StringComparison.Ordinal)
            : field.Type.IsFlexible
                ? $"{field.Type.Name}[]{text[(text.IndexOf(']', StringComparison.Ordinal) + 1)..]}"
            : text;
    }

    [GeneratedRegex("^_*(pad|padding|reserved|rsvd|unused)_?[0-9]*_*$")]
    private static partial Regex Reserved();
}
