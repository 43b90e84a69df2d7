using System.Collections.Immutable;
using KvmInterop.ApiModel;
using KvmInterop.Generator.Plan;

namespace KvmInterop.Generator.Inputs;

/// <summary>Everything that was given, read. Nothing is generated unless all of it is good.</summary>
internal sealed record InputSet(
    EquatableArray<ModelFile> Models,
    EquatableArray<KnowledgeFile> Knowledge,
    EquatableArray<ApiList> Lists,
    EquatableArray<FileNamespace> Namespaces)
{
    public static InputSet From(
        (((ImmutableArray<ModelFile> Models, ImmutableArray<KnowledgeFile> Knowledge) Files,
          ImmutableArray<ApiList> Lists) Given,
         ImmutableArray<FileNamespace> Namespaces) input) =>
        new(
            new(input.Given.Files.Models), new(input.Given.Files.Knowledge), new(input.Given.Lists),
            new(input.Namespaces));

    /// <summary>The bindings to make, one group for each namespace.</summary>
    public IEnumerable<InputGroup> Groups()
    {
        foreach (IGrouping<string, ModelFile> group in Models.GroupBy(model => NamespaceOf(model.Path)))
        {
            KnowledgeFile[] own = [.. Knowledge.Where(file => NamespaceOf(file.Path) == group.Key)];
            KnowledgeFile[] known = own.Length > 0 ? own : [.. Knowledge];
            yield return new InputGroup(group.Key, [.. group], known) { Lists = ListsOf(group.Key) };
        }
    }

    /// <summary>A list that names the namespace is for it alone, and counts instead of those for
    /// all.</summary>
    private ApiList[] ListsOf(string space)
    {
        ApiList[] own =
            [.. Lists.Where(list => Find(list.Path) is { IsOwn: true } file && file.Namespace == space)];
        return own.Length > 0 ? own : [.. Lists.Where(list => Find(list.Path) is not { IsOwn: true })];
    }

    public IEnumerable<Part> Parts()
    {
        if (new InputChecker(this).HasErrors())
        {
            return [];
        }

        return Groups().SelectMany(group => ChosenParts.Plan(
            group.Namespace, group.All, group.Chosen(), group.ChosenKnowledge()));
    }

    private string NamespaceOf(string path) =>
        Find(path)?.Namespace ?? FileNamespace.Default;

    private FileNamespace? Find(string path) => Namespaces.FirstOrDefault(file => file.Path == path);
}

/// <summary>The files of one namespace.</summary>
internal sealed record InputGroup(
    string Namespace, IReadOnlyList<ModelFile> Models, IReadOnlyList<KnowledgeFile> Knowledge)
{
    public IReadOnlyList<ApiList> Lists { get; init; } = [];

    /// <summary>What ioctls.json says, if there is one.</summary>
    public KnowledgeDocument? Known => Knowledge.Count > 0 ? Knowledge[0].Result.Document : null;

    /// <summary>What the models say, in their order.</summary>
    public IReadOnlyList<ApiDocument> All { get; } = [.. Models.Select(model => model.Result.Document!)];

    /// <summary>As far as lists choose it; the same object if there is none.</summary>
    public IReadOnlyList<ApiDocument> Chosen() => ApiSelection.Apply(All, Known, [.. Patterns]);

    /// <summary>The same of what is known beside the models.</summary>
    public KnowledgeDocument? ChosenKnowledge() => ApiSelection.Apply(Known, [.. Patterns]);

    private IEnumerable<string> Patterns => Lists.SelectMany(list => list.Patterns);
}
