using System.Diagnostics;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts;

/// <summary>The releases whose headers the tests know, and models of them.</summary>
internal static class Releases
{
    public const string Default = "7.3";

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly string[] All = ["6.1", "6.12", Default];
    private static readonly Dictionary<string, Lazy<string>> Scraped = All.ToDictionary(
        release => release, release => new Lazy<string>(() => Scrape(release)));

    /// <summary>Every architecture of every release; Debian has no headers of 6.1 for loongarch64.</summary>
    public static IEnumerable<(string Release, string Architecture)> Trees =>
        from release in All
        from architecture in ModelReader.Architectures
        where (release, architecture) != ("6.1", "loongarch64")
        select (release, architecture);

    /// <summary>The model as it is in the repository.</summary>
    public static ApiDocument Committed(string architecture) =>
        Read(Repository.PathOf($"headers/models/{Default}/{architecture}.api.json"));

    /// <summary>The model as kvmgen makes it now.</summary>
    public static ApiDocument Fresh(string release, string architecture) =>
        Read(FreshFile(release, architecture));

    public static string FreshFile(string release, string architecture)
    {
        Requires.LibClang();
        Requires.Headers(release);
        return Path.Combine(Scraped[release].Value, $"{architecture}.api.json");
    }

    public static CompilerTarget Target(string compiler, string release, string architecture)
    {
        HeaderTreeArchitecture tree = HeaderTree.Open(Requires.Headers(release))[architecture];
        return new CompilerTarget(Requires.Tool(compiler), tree.Triplet, tree.IncludeFolders);
    }

    private static ApiDocument Read(string file)
    {
        ReadResult<ApiDocument> result = ModelReader.Read(File.ReadAllText(file));
        return result.Document ?? throw new InvalidOperationException($"{file}:{result.Error}");
    }

    private static string Scrape(string release)
    {
        // Kept for the run of the tests, below the folder of their assembly.
        string folder = Path.Combine(AppContext.BaseDirectory, "models", release);
        Directory.CreateDirectory(folder);
        string headers = Repository.HeadersOf(release);
        string[] arguments = [Kvmgen, "scrape", "--headers", headers, "--arch", "all", "--output", folder];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string messages = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? folder
            : throw new InvalidOperationException($"kvmgen scrape of {release} failed: {messages}");
    }

    public static string Kvmgen { get; } =
        Repository.PathOf($"generator/HeaderScraper/bin/{Configuration}/net10.0/kvmgen.dll");
}
