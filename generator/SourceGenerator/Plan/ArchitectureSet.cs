namespace KvmInterop.Generator.Plan;

/// <summary>Architectures, with the bits that the emitted <c>KvmArchitecture</c> has too.</summary>
[Flags]
internal enum ArchitectureSet
{
    None = 0,
    X64 = 1,
    Arm64 = 2,
    RiscV64 = 4,
    S390x = 8,
    Ppc64le = 16,
    Mips64 = 32,
    LoongArch64 = 64,
}

internal static class Architectures
{
    /// <summary>All there are, in the order in which every list of them is written.</summary>
    public static readonly ArchitectureSet[] InOrder =
    [
        ArchitectureSet.X64, ArchitectureSet.Arm64, ArchitectureSet.RiscV64, ArchitectureSet.S390x,
        ArchitectureSet.Ppc64le, ArchitectureSet.Mips64, ArchitectureSet.LoongArch64,
    ];

    /// <summary>
    /// From a model's name for it (<c>riscv64</c>); <see cref="ArchitectureSet.None"/> if unknown.
    /// </summary>
    public static ArchitectureSet FromModel(string name)
    {
        foreach (ArchitectureSet one in InOrder)
        {
            if (string.Equals(one.ToString(), name, StringComparison.OrdinalIgnoreCase))
            {
                return one;
            }
        }

        return ArchitectureSet.None;
    }

    public static ArchitectureSet FromModel(IEnumerable<string> names)
    {
        ArchitectureSet set = ArchitectureSet.None;
        foreach (string name in names)
        {
            set |= FromModel(name);
        }

        return set;
    }

    public static bool Has(this ArchitectureSet set, ArchitectureSet one) => (set & one) != 0;

    public static IEnumerable<ArchitectureSet> Each(this ArchitectureSet set) =>
        InOrder.Where(one => set.Has(one));

    /// <summary><c>X64, Arm64</c>: for people.</summary>
    public static string Names(this ArchitectureSet set) => string.Join(", ", set.Each());

    /// <summary><c>KvmArchitecture.X64 or KvmArchitecture.Arm64</c>: for the compiler.</summary>
    public static string Pattern(this ArchitectureSet set) =>
        string.Join(" or ", set.Each().Select(one => "KvmArchitecture." + one));

    /// <summary>Whether C counts the bits of a byte from its most significant end there.</summary>
    public static BitOrder BitOrder(this ArchitectureSet set) =>
        set == ArchitectureSet.S390x ? Plan.BitOrder.MostSignificantFirst
        : set.Has(ArchitectureSet.S390x) ? Plan.BitOrder.OfProcess
        : Plan.BitOrder.LeastSignificantFirst;
}

/// <summary>From which end of a byte a bit-field is counted.</summary>
internal enum BitOrder
{
    LeastSignificantFirst,
    MostSignificantFirst,

    /// <summary>A record that both kinds of machine share: as the one that runs.</summary>
    OfProcess,
}
