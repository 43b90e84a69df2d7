using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>One kernel's models, an architecture each, read when they are asked for.</summary>
/// <param name="name">How the user called it.</param>
/// <param name="architectures">In the project's order; never empty.</param>
/// <param name="read">Reads the models of some architectures, at once where that is faster.</param>
internal sealed class ModelSet(
    string name,
    IReadOnlyList<string> architectures,
    Func<IReadOnlyList<string>, IReadOnlyList<ApiDocument>> read)
{
    private readonly Dictionary<string, ApiDocument> loaded = [];

    public string Name { get; } = name;

    public IReadOnlyList<string> Architectures { get; } = architectures;

    /// <summary>Whether an architecture that is not here is one that the kernel does not have. A folder of
    /// models is somebody's choice, and a tree of one architecture says nothing of others.</summary>
    public bool IsWhole { get; init; }

    /// <exception cref="ScrapeException">There is no such architecture in it.</exception>
    public ApiDocument this[string architecture] => Load([architecture])[0];

    /// <summary>The models in the order of the names.</summary>
    /// <exception cref="ScrapeException">One of them is not there, or cannot be read.</exception>
    public IReadOnlyList<ApiDocument> Load(IReadOnlyList<string> wanted)
    {
        foreach (string architecture in wanted)
        {
            if (!Architectures.Contains(architecture))
            {
                throw new ScrapeException(
                    $"{Name} has no architecture '{architecture}': it has {string.Join(", ", Architectures)}");
            }
        }

        List<string> missing = [.. wanted.Where(architecture => !loaded.ContainsKey(architecture))];
        if (missing.Count > 0)
        {
            foreach (ApiDocument document in read(missing))
            {
                loaded[document.Architecture] = document;
            }
        }

        return [.. wanted.Select(architecture => loaded[architecture])];
    }
}
