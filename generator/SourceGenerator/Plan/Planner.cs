using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Turns models into the parts that are written, one file each. It reads no text and writes none.
/// </summary>
internal static class Planner
{
    private static readonly string[] Support =
        ["KvmArchitecture", "KvmBits", "KvmBuffer", "KvmFds", "KvmIoctl", "KvmMember"];

    /// <summary>All parts, each with a file name of its own.</summary>
    public static IEnumerable<Part> Plan(
        string space, IReadOnlyList<ApiDocument> documents, KnowledgeDocument? known)
    {
        HashSet<string> files = new(StringComparer.OrdinalIgnoreCase);
        foreach (Part part in Parts(space, documents, known))
        {
            Part own = part;
            while (!files.Add(own.HintName))
            {
                own = own with { FileName = own.FileName + "_" };
            }

            yield return own;
        }
    }

    private static IEnumerable<Part> Parts(
        string space, IReadOnlyList<ApiDocument> documents, KnowledgeDocument? known)
    {
        ApiSet set = new(space, documents, known);
        foreach (string name in Support)
        {
            yield return new SupportPart(space, name);
        }

        foreach (RecordPart record in new RecordPlanner(set).Plan())
        {
            yield return record;
        }

        ConstantPlanner constants = new(set);
        foreach (Part part in constants.Plan())
        {
            yield return part;
        }

        HashSet<string> requests = new(
            documents.SelectMany(document => document.Ioctls).Select(ioctl => ioctl.Name),
            StringComparer.Ordinal);
        bool IsTaken(string name) => constants.Has(name) || requests.Contains(name);
        foreach (Part part in new FunctionPlanner(set, IsTaken).Plan())
        {
            yield return part;
        }

        Dictionary<string, EnumPart> enums = new(StringComparer.Ordinal);
        foreach (EnumPart part in new EnumPlanner(set, constants).Plan())
        {
            enums[part.Name] = part;
            yield return part;
        }

        IoctlPlanner ioctls = new(set);
        foreach (Part part in ioctls.Plan())
        {
            yield return part;
        }

        yield return new NamesPlanner(set, ioctls).Plan(enums["KvmExitReason"], enums["KvmCapability"]);
        if (RunOffsetsPlanner.Plan(set) is { } offsets)
        {
            yield return offsets;
        }
    }
}
