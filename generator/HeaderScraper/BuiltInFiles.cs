using System.Text;

namespace KvmInterop.HeaderScraper;

/// <summary>
/// The files of the project that this program carries, for where there is no checkout of it: an installed
/// tool, or somebody else's build.
/// </summary>
internal static class BuiltInFiles
{
    public const string Releases = "releases.json";
    public const string Ioctls = "ioctls.json";

    private const string ModelFolder = "models/";
    private const string ModelExtension = ".api.json";

    /// <summary>The text of a file, or null where there is none of that name.</summary>
    public static string? Read(string name)
    {
        using Stream? stream = typeof(BuiltInFiles).Assembly.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The text of a file that is always there.</summary>
    public static string Require(string name) => Read(name)
        ?? throw new InvalidOperationException($"the resource {name} is not in the assembly");

    /// <summary>The architectures of which there is a model of a release.</summary>
    public static IEnumerable<string> ModelsOf(string release)
    {
        string folder = $"{ModelFolder}{release}/";
        return Names()
            .Where(name => Path(name).StartsWith(folder, StringComparison.Ordinal))
            .Select(name => name[folder.Length..^ModelExtension.Length]);
    }

    public static string Model(string release, string architecture)
    {
        string path = $"{ModelFolder}{release}/{architecture}{ModelExtension}";
        return Require(Names().FirstOrDefault(name => Path(name) == path) ?? path);
    }

    private static string[] Names() => typeof(BuiltInFiles).Assembly.GetManifestResourceNames();

    // A build on Windows names a resource after its folder with Windows' separator.
    private static string Path(string name) => name.Replace('\\', '/');
}
