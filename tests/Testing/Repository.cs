using System.Reflection;

namespace KvmInterop.Tests.Testing;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>A path relative to the root, with forward slashes.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The include folder of a fetched release; it need not exist.</summary>
    public static string HeadersOf(string release) => PathOf($"headers/cache/{release}/usr/include");
}
