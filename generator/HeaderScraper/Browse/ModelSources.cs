using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>
/// Finds the models that a user means: a model or a folder of them, a header tree, or a release by its name.
/// Headers are read in memory; nothing is written.
/// </summary>
internal sealed class ModelSources(Progress progress)
{
    private const string Extension = ".api.json";

    /// <summary>The default release's own models, which need neither headers nor libclang.</summary>
    public ModelSet OpenDefault() => OpenRelease(null);

    /// <param name="source">A file, a folder or a release; null for the default release.</param>
    /// <exception cref="ScrapeException">It is none of them.</exception>
    /// <exception cref="HeaderException">It is a folder without headers, or a release that is not
    /// here.</exception>
    public ModelSet Open(string? source)
    {
        if (source is null)
        {
            return OpenDefault();
        }

        if (File.Exists(source))
        {
            return OpenFile(source);
        }

        if (Directory.Exists(source))
        {
            return ModelsIn(source, source, isWhole: false) ?? OfTree(source, HeaderTree.Open(source));
        }

        return source.Contains('/') || source.EndsWith(Extension, StringComparison.Ordinal)
            ? throw new ScrapeException($"{source} does not exist")
            : OpenRelease(source);
    }

    private ModelSet OpenRelease(string? name)
    {
        HeadersPlace place = HeadersPlace.Find(null);
        string release = name is null ? place.Releases.Default : place.Releases[name].Name;
        if (place.Models(release) is { } folder && ModelsIn(folder, release, isWhole: true) is { } models)
        {
            return models;
        }

        string[] builtIn = [.. InOrder(BuiltInFiles.ModelsOf(release))];
        if (builtIn.Length > 0)
        {
            return new ModelSet(release, builtIn, names =>
                [.. names.Select(one => Parse(BuiltInFiles.Model(release, one), $"{release}/{one}"))])
            {
                IsWhole = true,
            };
        }

        return OfTree(release, place.Cache.TreeOf(release) ?? throw new HeaderException(
            $"The headers of {release} are not here; fetch them with `kvmgen headers fetch {release}`, "
            + "or name a header tree, a model or a folder of models instead."));
    }

    private static ModelSet OpenFile(string file)
    {
        ApiDocument document = Parse(File.ReadAllText(file), file);
        return new ModelSet(file, [document.Architecture], _ => [document]);
    }

    private static ModelSet? ModelsIn(string folder, string name, bool isWhole)
    {
        string[] found =
        [
            .. InOrder(Directory.Exists(folder)
                ? Directory.EnumerateFiles(folder, "*" + Extension)
                    .Select(file => Path.GetFileName(file)[..^Extension.Length])
                : []),
        ];
        return found.Length == 0 ? null : new ModelSet(name, found, names => [.. names.Select(Read)])
        {
            IsWhole = isWhole,
        };

        ApiDocument Read(string architecture)
        {
            string file = Path.Combine(folder, architecture + Extension);
            ApiDocument document = Parse(File.ReadAllText(file), file);
            return document.Architecture == architecture ? document : throw new ScrapeException(
                $"{file} is a model of {document.Architecture}: name it {document.Architecture}{Extension}");
        }
    }

    private ModelSet OfTree(string name, HeaderTree tree) => new(
        name, [.. tree.Architectures.Select(architecture => architecture.Name)], names =>
        {
            LibClangLibrary.Load();
            HeaderSet[] sets = [.. names.Select(one => HeaderSet.Of(tree[one]))];
            return Scraper.ReadAll(sets, HeaderReader.Read, progress, name);
        })
        {
            IsWhole = tree.Architectures.Count > 1,
        };

    private static ApiDocument Parse(string text, string file)
    {
        ReadResult<ApiDocument> result = ModelReader.Read(text);
        return result.Document ?? throw new ScrapeException($"{file}:{result.Error}");
    }

    private static IEnumerable<string> InOrder(IEnumerable<string> names)
    {
        HashSet<string> there = [.. names];
        return HeaderArchitecture.All.Select(known => known.Name).Where(there.Contains);
    }
}
