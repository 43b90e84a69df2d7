using System.Text.Json.Nodes;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.Tests.Headers;

/// <summary>headers/releases.json: its form, and what it names.</summary>
public sealed class ReleasesFileTests
{
    private static readonly string Text = File.ReadAllText(Repository.PathOf("headers/releases.json"));
    private static readonly string Schema =
        File.ReadAllText(Repository.PathOf("headers/releases.schema.json"));
    private static readonly HeaderReleases Releases = HeaderReleases.Parse(Text, "releases.json");

    [Fact]
    public void Schema_theFile_accepts() => Assert.Empty(JsonSchema.Validate(Schema, Text));

    [Theory]
    [InlineData("version", "\"latest\"")]
    [InlineData("sha256", "\"B3A4538F\"")]
    [InlineData("provides", "[]")]
    [InlineData("provides", """["amd64"]""")]
    [InlineData("package", "\"\"")]
    [InlineData("uri", "\"http://archive/\"")]
    public void Schema_brokenPackage_refuses(string member, string value)
    {
        JsonNode document = JsonNode.Parse(Text)!;
        document["releases"]![0]!["packages"]![0]![member] = JsonNode.Parse(value);

        Assert.NotEmpty(JsonSchema.Validate(Schema, document.ToJsonString()));
    }

    [Fact]
    public void Writer_whatWasRead_isTheFileAgain() =>
        Assert.Equal(Text, HeaderReleasesWriter.Write(Releases));

    [Fact]
    public void BuiltIn_theResource_isTheFile() =>
        Assert.Equal(Text, HeaderReleasesWriter.Write(HeaderReleases.ReadBuiltIn()));

    [Fact]
    public void File_itsReleases_areTheThreeByAge()
    {
        Assert.Equal(["6.1", "6.12", "7.3"], Releases.Releases.Select(r => r.Name));
        Assert.Equal("7.3", Releases.Default);
    }

    // KVM came to loongarch64 with Linux 6.8.
    [Theory]
    [InlineData("6.1", 6)]
    [InlineData("6.12", 7)]
    [InlineData("7.3", 7)]
    public void File_release_providesEachArchitectureOnce(string release, int count)
    {
        string[] provided = [.. Releases[release].Packages.SelectMany(p => p.Provides)];

        Assert.Equal(HeaderArchitecture.All.Select(a => a.Name).Take(count).Order(), provided.Order());
    }

    [Fact]
    public void File_itsPackages_areOfTheirRelease() => Assert.All(
        Releases.Releases,
        release => Assert.All(
            release.Packages,
            p => Assert.True(HeaderReleaseFinder.IsOf(p.Version, release.Name), p.FileName)));

    [Fact]
    public void Indexer_unknownRelease_saysWhatToDo()
    {
        HeaderException error = Assert.Throws<HeaderException>(() => Releases["9.9"]);

        Assert.StartsWith("There is no release 9.9, but 6.1, 6.12, 7.3; add it with ", error.Message);
        Assert.Contains("`kvmgen headers add 9.9 --suite SUITE`", error.Message);
    }

    [Theory]
    [InlineData("", "is no list of releases")]
    [InlineData("[]", "is no list of releases")]
    [InlineData("""{"schema": 1, "default": "7.3"}""", "is no list of releases")]
    [InlineData("""{"schema": 1, "default": null, "releases": []}""", "is no list of releases")]
    [InlineData("""{"schema": 2, "default": "7.3"}""", "has schema 2 and this kvmgen reads 1")]
    public void Parse_brokenList_namesTheFile(string text, string expected)
    {
        HeaderException error = Assert.Throws<HeaderException>(() => HeaderReleases.Parse(text, "a.json"));

        Assert.StartsWith("a.json " + expected, error.Message);
    }

    [Theory]
    [InlineData("linux", "6.12.107-1", "pool/main/l/linux/headers_6.12.107-1_all.deb")]
    [InlineData("libfoo", "1:2.0~rc1-1", "pool/main/libf/libfoo/headers_2.0~rc1-1_all.deb")]
    public void PoolPath_package_isWhereAnArchiveKeepsIt(string source, string version, string expected) =>
        Assert.Equal(expected, new HeaderPackage("headers", source, version, "all", "", []).PoolPath);

    [Theory]
    [InlineData("6.1.176-1", "6.1", true)]
    [InlineData("1:6.1.176-1", "6.1", true)]
    [InlineData("7.3-1~exp1", "7.3", true)]
    [InlineData("6.12.107-1", "6.1", false)]
    [InlineData("16.1.2-1", "6.1", false)]
    public void IsOf_version_knowsItsRelease(string version, string release, bool expected) =>
        Assert.Equal(expected, HeaderReleaseFinder.IsOf(version, release));
}
