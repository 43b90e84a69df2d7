using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The place of a part that no list chooses; nothing is written for it.</summary>
internal sealed record AbsentPart(string Hint) : Part("", Hint);

/// <summary>
/// Puts chosen parts where they would be among all. Roslyn compares what a stage makes by position: one more
/// name in a list would otherwise move, and so write anew, everything behind it.
/// </summary>
internal static class ChosenParts
{
    public static IEnumerable<Part> Plan(
        string space, IReadOnlyList<ApiDocument> all, IReadOnlyList<ApiDocument> chosen,
        KnowledgeDocument? known)
    {
        if (ReferenceEquals(all, chosen))
        {
            return Planner.Plan(space, all, known);
        }

        Dictionary<string, Part> parts =
            Planner.Plan(space, chosen, known).ToDictionary(part => part.HintName);
        List<Part> ordered = [];
        foreach (Part place in Planner.Plan(space, all, known))
        {
            bool here = parts.TryGetValue(place.HintName, out Part part);
            ordered.Add(here ? part : new AbsentPart(place.HintName));
            parts.Remove(place.HintName);
        }

        // What has another file's name than among all, which two names that differ by case could cause.
        return ordered.Concat(parts.Values.OrderBy(part => part.HintName, StringComparer.Ordinal));
    }
}
