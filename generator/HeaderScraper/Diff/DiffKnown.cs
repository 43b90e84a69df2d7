using System.Text;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>Lines for <c>--known</c>: all that breaks, for somebody to look through and accept.</summary>
internal static class DiffKnown
{
    public static string Of(ModelDiff diff)
    {
        StringBuilder text = new();
        text.Append($"# Accepted changes of the KVM interface, {diff.Old.Title} -> {diff.New.Title}\n");
        foreach (Reported one in diff.Changes.Where(
            one => one.Change.Breaks != Breaks.None && !IsPart(one.Change)))
        {
            string where = ChangeWords.Where(one, diff).Replace(" ", "", StringComparison.Ordinal);
            string line = $"{ChangeWords.Of(one.Change.Kind)} {one.Change.Name} {where}".TrimEnd();
            string detail = ChangeWords.Detail(one.Change);
            text.Append(detail.Length == 0 ? $"{line}\n" : $"{line}  # {detail}\n");
        }

        return text.ToString();

        // What is part of another change is accepted with it.
        bool IsPart(Change change) => change.PartOf.Length > 0 && diff.Changes.Any(other =>
            other.Change.Name == change.PartOf && other.Change.Kind == change.Kind);
    }
}
