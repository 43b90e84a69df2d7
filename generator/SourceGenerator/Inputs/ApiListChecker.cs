using KvmInterop.ApiModel;
using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Inputs;

/// <summary>Finds the entries of lists that choose nothing, and what may have been meant.</summary>
internal sealed class ApiListChecker
{
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> skipped = new(StringComparer.Ordinal);

    /// <param name="groups">The bindings that one list is for: an entry need only be of use to one.</param>
    private ApiListChecker(IEnumerable<InputGroup> groups)
    {
        foreach (InputGroup group in groups)
        {
            foreach (ApiDocument document in group.All)
            {
                names.UnionWith(ApiNames.Of(document));
                names.UnionWith(ApiNames.Of(document, group.Known));
                foreach (ApiSkipped item in document.Skipped)
                {
                    skipped[item.Name] = item.Reason;
                }
            }
        }
    }

    public static IEnumerable<Finding> Check(InputSet inputs, Dictionary<string, string> texts)
    {
        foreach (ApiList list in inputs.Lists)
        {
            InputGroup[] groups = [.. inputs.Groups().Where(group => group.Lists.Contains(list))];
            if (groups.Length == 0 || !texts.TryGetValue(list.Path, out string text))
            {
                continue;
            }

            ApiListChecker checker = new(groups);
            foreach (ApiListEntry entry in ApiListEntry.Read(text))
            {
                NamePattern pattern = new(entry.Pattern);
                if (!checker.names.Any(pattern.Matches))
                {
                    yield return new Finding(
                        "KVMGEN010", list.Path, "", entry.Pattern, checker.Explain(pattern.Text))
                    {
                        Offset = entry.Offset,
                        Length = entry.Pattern.Length,
                        Line = entry.Line,
                        Column = entry.Column,
                    };
                }
            }
        }
    }

    private string Explain(string name)
    {
        if (skipped.TryGetValue(name, out string reason))
        {
            return $"; it is there, but cannot be generated: {reason}";
        }

        string? meant = NamePattern.HasWildcard(name) ? null : Meant(name);
        return meant is null ? "" : $"; did you mean {meant}?";
    }

    /// <summary>The nearest name; the name of a method means its ioctl.</summary>
    private string? Meant(string name)
    {
        string[] ordered = [.. names.OrderBy(one => one, StringComparer.Ordinal)];
        string? same = ordered
            .FirstOrDefault(one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase))
            ?? ordered.FirstOrDefault(one => Identifier.Method(one) == name)
            ?? ordered.FirstOrDefault(one => one == "KVM_" + name);
        if (same is not null)
        {
            return same;
        }

        string? nearest = null;
        int least = Math.Max(2, name.Length / 4) + 1;
        foreach (string one in ordered)
        {
            int distance = EditDistance.Between(name, one, least);
            if (distance < least)
            {
                (nearest, least) = (one, distance);
            }
        }

        return nearest;
    }
}
