using System.IO.Compression;
using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>
/// The packages of this checkout, made once for all tests, in a folder that has nothing to do with it: no
/// settings above it, and a package cache of its own, so that nothing of an earlier run is used.
/// </summary>
public sealed class PackedPackages : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("kvm-packages-").FullName;
    private int projects;

    public PackedPackages()
    {
        Folder = Path.Combine(root, "packages");
        Environment = new Dictionary<string, string> { ["NUGET_PACKAGES"] = Path.Combine(root, "cache") };
        // A version that no registry has, whatever will be published one day.
        Dotnet.Run(
            Repository.Root, new Dictionary<string, string>(),
            "msbuild", "build/Pack.proj", "-v:m", "-nologo", "-m",
            $"-p:PackageFolder={Folder}", $"-p:PackageVersion={Version}").Succeeded();
        Write("NuGet.config", $"""
            <configuration>
              <packageSources><add key="packed" value="{Folder}" /></packageSources>
              <!-- The machine's own sources stay, but are asked for nothing: there may be no network. -->
              <packageSourceMapping>
                <packageSource key="packed"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
    }

    public static string Version => "0.1.0-test.1";

    /// <summary>Where the packages are.</summary>
    public string Folder { get; }

    public IReadOnlyDictionary<string, string> Environment { get; }

    public ZipArchive Open(string package) =>
        ZipFile.OpenRead(Path.Combine(Folder, package.Replace("VERSION", Version, StringComparison.Ordinal)));

    /// <summary>A new folder beside the others.</summary>
    public string NewFolder(string name)
    {
        int number = Interlocked.Increment(ref projects);
        return Directory.CreateDirectory(Path.Combine(root, $"{name}{number}")).FullName;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(root, name), text);
}

/// <summary>All tests share one set of packages, and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class PackagesGroup : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";
}
