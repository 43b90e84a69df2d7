using System.Text.RegularExpressions;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What changed in constants, ioctls and the other macros.</summary>
internal sealed partial class MacroChanges
{
    private readonly ApiDocument after;
    private readonly Dictionary<string, string> oldMembers;
    private readonly Dictionary<string, string> newMembers;

    private MacroChanges(ApiDocument before, ApiDocument after)
    {
        this.after = after;
        oldMembers = EnumChanges.Values(before);
        newMembers = EnumChanges.Values(after);
    }

    public static IEnumerable<Change> Of(ApiDocument before, ApiDocument after)
    {
        MacroChanges changes = new(before, after);
        return Pairs.Of(MacroMeaning.Of(before), MacroMeaning.Of(after), macro => macro.Name)
            .SelectMany(pair => pair.Old is null ? [changes.Added(pair.New!)]
                : pair.New is null ? [changes.Removed(pair.Old)]
                : Compare(pair.Old, pair.New));
    }

    /// <summary>A number of the others, or all their bits: it changes whenever one is added.</summary>
    public static string CounterNote(string name) =>
        Counter().IsMatch(name) ? "it counts or collects others, and follows them" : "";

    private Change Added(MacroMeaning now) =>
        oldMembers.TryGetValue(now.Name, out string? value) && !newMembers.ContainsKey(now.Name)
            ? Became(now, value, now.Value, "an enum's member", "a macro")
            : new Change(now.Subject, now.Name, ChangeKind.Added, "", now.Describe(), Breaks.None);

    private Change Removed(MacroMeaning was)
    {
        if (newMembers.TryGetValue(was.Name, out string? value))
        {
            return Became(was, was.Value, value, "a macro", "an enum's member");
        }

        // What has no value is asked for by #ifdef, which compiles either way.
        bool flag = was.Subject == Subject.Macro;
        ApiSkipped? foreign = after.Skipped.FirstOrDefault(one => one.Name == was.Name);
        return new Change(
            was.Subject, was.Name, ChangeKind.Removed, was.Describe(), "", flag ? Breaks.None : Breaks.Source,
            foreign is null ? "" : $"the macro is still there, but {foreign.Reason}");
    }

    private static Change Became(MacroMeaning macro, string was, string now, string before, string after) =>
        was == now
            ? new Change(macro.Subject, macro.Name, ChangeKind.Redeclared, before, after, Breaks.None)
            : new Change(macro.Subject, macro.Name, ChangeKind.Renumbered, was, now, Breaks.Both);

    private static List<Change> Compare(MacroMeaning was, MacroMeaning now)
    {
        if (was.Subject != now.Subject)
        {
            return [OtherSubject(was, now)];
        }

        // Of a function that could not be translated nothing is known but that it is there.
        if (was.Subject == Subject.Function && (was.Type.Length == 0 || now.Type.Length == 0))
        {
            return [];
        }

        List<Change> changes = [];
        if (!was.HasValueOf(now))
        {
            string note = was.Ioctl is null ? CounterNote(was.Name) : NumberNote(was.Ioctl, now.Ioctl!);
            changes.Add(new Change(
                now.Subject, now.Name, ChangeKind.Renumbered, was.Value, now.Value, Breaks.Both, note));
        }

        if (!was.HasTypeOf(now))
        {
            changes.Add(new Change(
                now.Subject, now.Name, ChangeKind.Retyped, was.Type, now.Type, Breaks.Source));
        }

        return changes;
    }

    // A macro that got a value can be used at last; one that lost it cannot be any more.
    private static Change OtherSubject(MacroMeaning was, MacroMeaning now) =>
        was.Subject == Subject.Macro
            ? new Change(
                now.Subject, now.Name, ChangeKind.Added, "", now.Describe(), Breaks.None,
                $"it was {was.DescribeKind()}")
        : now.Subject == Subject.Macro
            ? new Change(
                was.Subject, was.Name, ChangeKind.Removed, was.Describe(), "", Breaks.Source,
                $"it is {now.DescribeKind()}")
            : new Change(
                now.Subject, now.Name, ChangeKind.Retyped, was.DescribeKind(), now.DescribeKind(),
                Breaks.Source);

    private static string NumberNote(ApiIoctl was, ApiIoctl now)
    {
        List<string> parts = [];
        if (was.Number != now.Number)
        {
            parts.Add($"nr 0x{was.Number:x2} -> 0x{now.Number:x2}");
        }

        if (was.Direction != now.Direction)
        {
            parts.Add($"{was.Direction} -> {now.Direction}");
        }

        if (was.Size != now.Size)
        {
            parts.Add($"argument of {was.Size} -> {now.Size} bytes");
        }

        return string.Join(", ", parts);
    }

    [GeneratedRegex("(_MAX|_NR|_NUM|_COUNT|_LAST|_VALID_[A-Z]+|_MASK)$|_NR_|^NR_")]
    private static partial Regex Counter();
}
