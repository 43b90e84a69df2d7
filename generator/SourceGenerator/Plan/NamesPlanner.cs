using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans the look-up of names, for people who see a number in a log.</summary>
internal sealed class NamesPlanner(ApiSet set, IoctlPlanner ioctls)
{
    public NamesPart Plan(EnumPart exits, EnumPart capabilities)
    {
        List<RequestNames> requests = [];
        foreach (ArchitectureSet group in Groups())
        {
            foreach (FdKind kind in FdKind.All)
            {
                requests.Add(new RequestNames(kind.Member, group, Names(kind, group)));
            }
        }

        return new NamesPart(
            set.Namespace, OnePerValue(exits), OnePerValue(capabilities),
            new EquatableArray<RequestNames>(requests), Needs());
    }

    private EquatableArray<IoctlNeed> Needs() => new(ioctls.Ioctls
        .Select(placed => new IoctlNeed(
            placed.Name, set.Knowledge(placed.Name)?.Capabilities ?? EquatableArray<string>.Empty))
        .Where(need => need.Capabilities.Length > 0)
        .OrderBy(need => need.Ioctl, StringComparer.Ordinal));

    private static EquatableArray<string> OnePerValue(EnumPart part) =>
        new(part.Members.GroupBy(member => member.Value).Select(group => group.First().Name));

    /// <summary>
    /// Architectures that give no ioctl two different numbers: mips and powerpc are another group.
    /// </summary>
    private List<ArchitectureSet> Groups()
    {
        List<ArchitectureSet> groups = [];
        foreach (ArchitectureSet one in set.All.Each())
        {
            int index = groups.FindIndex(group => ioctls.Ioctls.All(placed => Agree(placed, group, one)));
            if (index < 0)
            {
                groups.Add(one);
            }
            else
            {
                groups[index] |= one;
            }
        }

        return groups;
    }

    private static bool Agree(Placed<ApiIoctl> placed, ArchitectureSet group, ArchitectureSet one)
    {
        ApiIoctl? own = placed.Variants.FirstOrDefault(pair => pair.Key == one).Value;
        return own is null || placed.IsShared
            || placed.Variants.All(pair => !group.Has(pair.Key) || pair.Value.Value == own.Value);
    }

    private EquatableArray<RequestName> Names(FdKind kind, ArchitectureSet group)
    {
        SortedDictionary<uint, List<Named>> names = [];
        foreach (Placed<ApiIoctl> placed in ioctls.Ioctls.Where(placed => placed.Architectures.Has(group)))
        {
            IoctlKnowledge? known = set.Knowledge(placed.Name);
            if (known is null || known.Fds.Contains(kind.Name))
            {
                uint value = placed.Variants.First(pair => group.Has(pair.Key)).Value.Value;
                if (!names.TryGetValue(value, out List<Named> same))
                {
                    names[value] = same = [];
                }

                same.Add(new Named(placed.Name, IoctlDoc.Implemented(placed.Architectures & group, known)));
            }
        }

        return new EquatableArray<RequestName>(
            names.Select(pair => new RequestName(pair.Key, Choose(pair.Value))));
    }

    /// <summary>Two macros may have one number: where no architecture has both, it decides.</summary>
    private static string Choose(List<Named> same)
    {
        ArchitectureSet seen = ArchitectureSet.None;
        bool apart = true;
        foreach (Named named in same)
        {
            apart &= (seen & named.Architectures) == 0;
            seen |= named.Architectures;
        }

        if (!apart)
        {
            return Literal.Of("string", string.Join(" or ", same.Select(named => named.Name)));
        }

        string text = Literal.Of("string", same[same.Count - 1].Name);
        for (int i = same.Count - 2; i >= 0; i--)
        {
            string where = same[i].Architectures.Pattern();
            text = $"KvmHost.Architecture is {where} ? {Literal.Of("string", same[i].Name)} : {text}";
        }

        return text;
    }

    private sealed record Named(string Name, ArchitectureSet Architectures);
}
