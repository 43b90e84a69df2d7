using System.Collections.Immutable;
using KvmInterop.ApiModel;
using KvmInterop.Generator.Plan;

namespace KvmInterop.Generator.Inputs;

/// <summary>Everything that was given, read. Nothing is generated unless all of it is good.</summary>
internal sealed record InputSet(
    EquatableArray<ModelFile> Models,
    EquatableArray<KnowledgeFile> Knowledge,
    EquatableArray<FileNamespace> Namespaces)
{
    public static InputSet From(
        ((ImmutableArray<ModelFile> Models, ImmutableArray<KnowledgeFile> Knowledge) Files,
         ImmutableArray<FileNamespace> Namespaces) input) =>
        new(new(input.Files.Models), new(input.Files.Knowledge), new(input.Namespaces));

    /// <summary>The bindings to make, one group for each namespace.</summary>
    public IEnumerable<InputGroup> Groups()
    {
        foreach (IGrouping<string, ModelFile> group in Models.GroupBy(model => NamespaceOf(model.Path)))
        {
            KnowledgeFile[] own = [.. Knowledge.Where(file => NamespaceOf(file.Path) == group.Key)];
            KnowledgeFile[] known = own.Length > 0 ? own : [.. Knowledge];
            yield return new InputGroup(group.Key, [.. group], known);
        }
    }

    public IEnumerable<Part> Parts()
    {
        if (new InputChecker(this).HasErrors())
        {
            return [];
        }

        return Groups().SelectMany(group => Planner.Plan(
            group.Namespace,
            [.. group.Models.Select(model => model.Result.Document!)],
            group.Knowledge.Count > 0 ? group.Knowledge[0].Result.Document : null));
    }

    private string NamespaceOf(string path) =>
        Namespaces.FirstOrDefault(file => file.Path == path)?.Namespace ?? FileNamespace.Default;
}

/// <summary>The files of one namespace.</summary>
internal sealed record InputGroup(
    string Namespace, IReadOnlyList<ModelFile> Models, IReadOnlyList<KnowledgeFile> Knowledge);
