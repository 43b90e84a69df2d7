using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What changed in enums and their members.</summary>
internal static class EnumChanges
{
    private sealed record Member(string Name, string Value, string Enum)
    {
        public string Home => Enum.Length == 0 ? "an enum without a name" : $"enum {Enum}";

        public string Description => $"{Value} of {Home}";
    }

    /// <summary>The values of all members of enums, by name: C has one name space for them.</summary>
    public static Dictionary<string, string> Values(ApiDocument document) => Members(document)
        .DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => member.Value);

    public static IEnumerable<Change> Of(ApiDocument before, ApiDocument after) =>
        [.. OfEnums(before, after), .. OfMembers(before, after)];

    private static IEnumerable<Change> OfEnums(ApiDocument before, ApiDocument after)
    {
        foreach ((ApiEnum? was, ApiEnum? now) in Pairs.Of(Named(before), Named(after), item => item.Name))
        {
            if (was is null)
            {
                yield return new Change(
                    Subject.Enum, now!.Name, ChangeKind.Added, "", Describe(now), Breaks.None);
            }
            else if (now is null)
            {
                yield return new Change(
                    Subject.Enum, was.Name, ChangeKind.Removed, Describe(was), "", Breaks.Source);
            }
            else if (was.Type != now.Type)
            {
                // u32 and s32 differ in the sign alone.
                Breaks breaks = was.Type[1..] == now.Type[1..] ? Breaks.Source : Breaks.Both;
                yield return new Change(
                    Subject.Enum, now.Name, ChangeKind.Retyped, was.Type, now.Type, breaks);
            }
        }
    }

    private static IEnumerable<Change> OfMembers(ApiDocument before, ApiDocument after)
    {
        HashSet<string> oldMacros = [.. MacroMeaning.Of(before).Select(macro => macro.Name)];
        HashSet<string> newMacros = [.. MacroMeaning.Of(after).Select(macro => macro.Name)];
        foreach ((Member? was, Member? now) in Pairs.Of(
            Members(before), Members(after), member => member.Name))
        {
            if (was is null)
            {
                // One that was a macro and is none any more is told with the macros.
                if (!oldMacros.Contains(now!.Name) || newMacros.Contains(now.Name))
                {
                    yield return new Change(
                        Subject.EnumMember, now.Name, ChangeKind.Added, "", now.Description, Breaks.None);
                }
            }
            else if (now is null)
            {
                bool stays = newMacros.Contains(was.Name);
                if (!stays || oldMacros.Contains(was.Name))
                {
                    yield return new Change(
                        Subject.EnumMember, was.Name, ChangeKind.Removed, was.Description, "",
                        stays ? Breaks.None : Breaks.Source, stays ? "a macro of that name stays" : "");
                }
            }
            else if (was.Value != now.Value)
            {
                yield return new Change(
                    Subject.EnumMember, now.Name, ChangeKind.Renumbered, was.Value, now.Value, Breaks.Both,
                    MacroChanges.CounterNote(now.Name));
            }
            else if (was.Enum != now.Enum)
            {
                yield return new Change(
                    Subject.EnumMember, now.Name, ChangeKind.Redeclared, was.Home, now.Home, Breaks.None);
            }
        }
    }

    private static IEnumerable<ApiEnum> Named(ApiDocument document) =>
        document.Enums.Where(item => item.Name.Length > 0);

    private static IEnumerable<Member> Members(ApiDocument document) => document.Enums.SelectMany(
        item => item.Members.Select(member => new Member(member.Name, member.Value, item.Name)));

    private static string Describe(ApiEnum item) => $"{item.Type}, {Count.Of(item.Members.Length, "member")}";
}
