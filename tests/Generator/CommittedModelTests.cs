using KvmInterop.Tests.Generator.Harness;

namespace KvmInterop.Tests.Generator;

/// <summary>The models that the project ships, which are the real thing.</summary>
public sealed class CommittedModelTests
{
    private static readonly string Folder = Repository.PathOf("headers/models/7.3");

    public static TheoryData<string> Architectures() =>
        [.. Files()];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void OneModel_compilesWithoutWarnings(string file)
    {
        GeneratorHost host = Host(file);
        Assert.Empty(host.Diagnostics);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void AllModels_together_compileWithoutWarnings()
    {
        GeneratorHost host = Host([.. Files()]);
        Assert.Empty(host.Diagnostics);
        host.CompilesWithoutWarnings();
    }

    private static IEnumerable<string> Files() => Directory
        .EnumerateFiles(Folder, "*.api.json")
        .Select(path => Path.GetFileName(path))
        .Order(StringComparer.Ordinal);

    private static GeneratorHost Host(params string[] files) => new(
        [
            .. files.Select(file => new InputText(file, File.ReadAllText(Path.Combine(Folder, file)))),
            new InputText("ioctls.json", File.ReadAllText(Repository.PathOf("headers/ioctls.json"))),
        ]);
}
