namespace KvmInterop.Tests.Arm64;

/// <summary>Where other projects of this build are.</summary>
internal static class Built
{
    /// <summary>The output of the same configuration and framework as this one's.</summary>
    public static string OutputOf(string project)
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Repository.PathOf($"{project}/bin/{parts[^2]}/{parts[^1]}");
    }
}
