using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace KvmInterop.Tests.Packages;

/// <summary>What is in the packages, and what is not.</summary>
[Collection(PackagesGroup.Name)]
public sealed class ContentTests(PackedPackages packages)
{
    private static readonly string[] Envelope = ["_rels/", "[Content_Types].xml", "package/"];

    [Fact]
    public void Folder_hasFourPackagesAndTheirSymbols() => Assert.Equal(
        [
            $"KvmInterop.{PackedPackages.Version}.nupkg", $"KvmInterop.{PackedPackages.Version}.snupkg",
            $"KvmInterop.Generator.{PackedPackages.Version}.nupkg",
            $"KvmInterop.Machine.{PackedPackages.Version}.nupkg",
            $"KvmInterop.Machine.{PackedPackages.Version}.snupkg",
            $"kvmgen.{PackedPackages.Version}.nupkg", $"kvmgen.{PackedPackages.Version}.snupkg",
        ],
        Directory.GetFiles(packages.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void Runtime_hasLibraryAndDocumentation() => Assert.Equal(
        [
            "KvmInterop.nuspec", "README.md", "analyzers/dotnet/cs/KvmInterop.Analyzers.dll",
            "build/KvmInterop.props", "buildTransitive/KvmInterop.props",
            "lib/net10.0/KvmInterop.dll", "lib/net10.0/KvmInterop.xml",
        ],
        Files("KvmInterop.VERSION.nupkg"));

    [Fact]
    public void Machine_hasLibraryAndDocumentation() => Assert.Equal(
        [
            "KvmInterop.Machine.nuspec", "README.md", "lib/net10.0/KvmInterop.Machine.dll",
            "lib/net10.0/KvmInterop.Machine.xml",
        ],
        Files("KvmInterop.Machine.VERSION.nupkg"));

    [Fact]
    public void Generator_hasAnalyzerScraperAndTargets()
    {
        string[] files = [.. Files("KvmInterop.Generator.VERSION.nupkg")];
        Assert.Equal(
            [
                "KvmInterop.Generator.nuspec", "README.md", "analyzers/dotnet/cs/KvmInterop.Analyzers.dll",
                "analyzers/dotnet/cs/KvmInterop.Generator.dll", "build/KvmInterop.Analyzers.props",
                "build/KvmInterop.Generator.props", "build/KvmInterop.Generator.targets",
                "build/KvmScrape.targets", "data/ioctls.json",
            ],
            files.Where(file => !file.StartsWith("tools/", StringComparison.Ordinal)));
        string[] tools = [.. files.Where(file => file.StartsWith("tools/", StringComparison.Ordinal))];
        Assert.All(tools, file => Assert.Matches(@"^tools/net10\.0/any/.+\.(dll|so|json)$", file));
        Assert.Contains("tools/net10.0/any/kvmgen.dll", tools);
        Assert.Contains("tools/net10.0/any/kvmgen.runtimeconfig.json", tools);
        Assert.Contains("tools/net10.0/any/kvmgen.deps.json", tools);
        Assert.Contains("tools/net10.0/any/System.CommandLine.dll", tools);
    }

    [Fact]
    public void Tool_hasProgramAndSettings()
    {
        string[] files = [.. Files("kvmgen.VERSION.nupkg")];
        Assert.Contains("README.md", files);
        Assert.Contains("tools/net10.0/any/kvmgen.dll", files);
        Assert.Contains("tools/net10.0/any/DotnetToolSettings.xml", files);
        Assert.All(files, file => Assert.Matches(
            @"^(kvmgen\.nuspec|README\.md|tools/net10\.0/any/.+\.(dll|so|pdb|json|xml))$", file));
    }

    [Theory]
    [InlineData("KvmInterop.VERSION", "lib/net10.0/KvmInterop")]
    [InlineData("KvmInterop.Machine.VERSION", "lib/net10.0/KvmInterop.Machine")]
    [InlineData("kvmgen.VERSION", "tools/net10.0/any/kvmgen")]
    public void Symbols_lieWhereTheirLibraryDoes(string package, string file)
    {
        Assert.Contains(file + ".pdb", Files(package + ".snupkg"));
        Assert.Contains(file + ".dll", Files(package + ".nupkg"));
        Assert.DoesNotContain(
            Files(package + ".snupkg"), name => name.EndsWith(".dll", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KvmInterop", "", "")]
    [InlineData("KvmInterop.Generator", "", "")]
    [InlineData("KvmInterop.Machine", "", "Iced KvmInterop")]
    [InlineData("kvmgen", "DotnetTool", "")]
    public void Nuspec_saysWhatAUserAsks(string id, string type, string dependencies)
    {
        using ZipArchive package = packages.Open(id + ".VERSION.nupkg");
        using Stream stream = package.GetEntry(id + ".nuspec")!.Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().Single();
        XNamespace space = metadata.Name.Namespace;
        Assert.Equal(id, (string?)metadata.Element(space + "id"));
        Assert.Equal("MIT", (string?)metadata.Element(space + "license"));
        Assert.Equal("README.md", (string?)metadata.Element(space + "readme"));
        XElement? kind = metadata.Descendants(space + "packageType").SingleOrDefault();
        Assert.Equal(type, (string?)kind?.Attribute("name") ?? "");
        Assert.NotEqual("", (string?)metadata.Element(space + "description"));
        Assert.Equal(
            id == "KvmInterop.Generator" ? "true" : null,
            (string?)metadata.Element(space + "developmentDependency"));
        Assert.Equal(
            dependencies.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            metadata.Descendants(space + "dependency").Select(one => (string?)one.Attribute("id")).Order());

        // An address is only one that others can reach.
        string? url = (string?)metadata.Element(space + "repository")?.Attribute("url");
        Assert.True(url is null || url.StartsWith("http", StringComparison.Ordinal), url);
    }

    [Fact]
    public void Documentation_hasRuntimeAndBindings()
    {
        using ZipArchive package = packages.Open("KvmInterop.VERSION.nupkg");
        using Stream stream = package.GetEntry("lib/net10.0/KvmInterop.xml")!.Open();
        HashSet<string> members =
            [.. XDocument.Load(stream).Descendants("member").Select(one => (string)one.Attribute("name")!)];
        Assert.Contains("T:KvmInterop.Kvm", members);
        Assert.Contains("F:KvmInterop.Native.X64.kvm_regs.rip", members);
    }

    [SkippableTheory]
    [InlineData("KvmInterop.VERSION.nupkg")]
    [InlineData("KvmInterop.VERSION.snupkg")]
    [InlineData("KvmInterop.Generator.VERSION.nupkg")]
    [InlineData("KvmInterop.Machine.VERSION.nupkg")]
    [InlineData("KvmInterop.Machine.VERSION.snupkg")]
    [InlineData("kvmgen.VERSION.nupkg")]
    public void Files_doNotNameTheFolderTheyWereMadeIn(string name)
    {
        Skip.IfNot(
            Path.Exists(Repository.PathOf(".git")),
            "this is no git checkout, and only in one the compiler leaves its folder out; clone the project");
        using ZipArchive package = packages.Open(name);
        byte[] root = Encoding.UTF8.GetBytes(Repository.Root.TrimEnd('/') + "/");
        foreach (ZipArchiveEntry entry in package.Entries)
        {
            using Stream stream = entry.Open();
            using MemoryStream content = new();
            stream.CopyTo(content);
            Assert.True(
                content.ToArray().AsSpan().IndexOf(root) < 0, $"{entry.FullName} names {Repository.Root}");
        }
    }

    private IEnumerable<string> Files(string name)
    {
        using ZipArchive package = packages.Open(name);
        return
        [
            .. package.Entries.Select(entry => entry.FullName)
                .Where(file => !Envelope.Any(part => file.StartsWith(part, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal),
        ];
    }
}
