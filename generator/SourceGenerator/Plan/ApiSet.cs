using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The models of one namespace together, with what is known about their ioctls.</summary>
internal sealed class ApiSet
{
    private readonly Dictionary<string, IoctlKnowledge> ioctls = new(StringComparer.Ordinal);
    private readonly ILookup<string, FlexibleKnowledge> flexible;

    public ApiSet(string space, IReadOnlyList<ApiDocument> documents, KnowledgeDocument? knowledge)
    {
        Namespace = space;
        Documents = [.. documents.OrderBy(document => Plan.Architectures.FromModel(document.Architecture))];
        Placement = new Placement(Documents);
        foreach (IoctlKnowledge ioctl in knowledge?.Ioctls ?? EquatableArray<IoctlKnowledge>.Empty)
        {
            ioctls[ioctl.Name] = ioctl;
        }

        Registers = knowledge?.Registers ?? EquatableArray<RegisterKnowledge>.Empty;
        var arrays = knowledge?.Flexible ?? EquatableArray<FlexibleKnowledge>.Empty;
        flexible = arrays.ToLookup(row => row.Record);
    }

    /// <summary>The namespace of what all architectures share.</summary>
    public string Namespace { get; }

    /// <summary>In the order of <see cref="Architectures.InOrder"/>, whichever way the files came.</summary>
    public IReadOnlyList<ApiDocument> Documents { get; }

    public Placement Placement { get; }

    public EquatableArray<RegisterKnowledge> Registers { get; }

    public ArchitectureSet All => Placement.Architectures;

    public string NamespaceOf(ArchitectureSet one) => Namespace + "." + one;

    /// <summary>
    /// The architectures, if they are not all that were given; what everyone has needs no remark.
    /// </summary>
    public ArchitectureSet Unless(ArchitectureSet some) => some == All ? ArchitectureSet.None : some;

    public IoctlKnowledge? Knowledge(string macro) => ioctls.TryGetValue(macro, out var row) ? row : null;

    /// <summary>
    /// The row for an array, which may name it by its full path or by the path's first member.
    /// </summary>
    public FlexibleKnowledge? FlexibleOf(string record, IEnumerable<string> paths) =>
        flexible[record].FirstOrDefault(
            row => paths.Any(
                path => path == row.Array || path.StartsWith(row.Array + ".", StringComparison.Ordinal)));

    public ApiRecord? RecordOf(ApiType type, ArchitectureSet variant) =>
        CSharpType.IsRecord(type)
            ? Variant(Placement.FindRecord(CSharpType.Tag(type)), variant)?.Record
            : null;

    public ApiEnum? EnumOf(ApiType type, ArchitectureSet variant) =>
        CSharpType.IsEnum(type) ? Variant(Placement.FindEnum(CSharpType.Tag(type)), variant) : null;

    public long SizeOf(ApiType type, ArchitectureSet variant) => RecordOf(type, variant)?.Size ?? -1;

    private static T? Variant<T>(Placed<T>? placed, ArchitectureSet variant)
        where T : class =>
        placed is null ? null
        : placed.Variants.Where(pair => variant.Has(pair.Key)).Select(pair => pair.Value).FirstOrDefault();
}
