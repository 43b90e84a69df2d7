using System.Reflection;

namespace KvmInterop.Tests.Testing;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    private static readonly HashSet<string> IgnoredFolders = ["bin", "obj", "artifacts", ".git", "TestResults"];

    /// <summary>A path relative to the root, with forward slashes.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>
    /// The files of the checkout that match a file name pattern, relative to the root, with forward slashes. Found on
    /// disk, not by asking git: a source archive has no history.
    /// </summary>
    public static IReadOnlyList<string> Files(string pattern) =>
    [
        .. Directory
            .EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(IgnoredFolders.Contains))
            .Where(file => !file.StartsWith("headers/cache/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The include folder of a fetched release; it need not exist.</summary>
    public static string HeadersOf(string release) => PathOf($"headers/cache/{release}/usr/include");
}
