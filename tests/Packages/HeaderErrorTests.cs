using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>What a user of the generator's package may have wrong: one sentence each, with a code.</summary>
[Collection(PackagesGroup.Name)]
public sealed class HeaderErrorTests : IClassFixture<HeaderErrorTests.Project>
{
    private readonly Consumer consumer;

    public HeaderErrorTests(PackedPackages packages, Project project) =>
        consumer = project.Consumer(packages);

    [Fact]
    public void NoSuchTree_isNamed() => Expect(
        "error KVMGEN102: KvmHeaders names /nowhere/include, which does not exist; name what "
        + "`make headers_install` made", "-p:Tree=/nowhere/include");

    [Fact]
    public void UnsafeCodeForbidden_isSaidBeforeAnythingElse() => Expect(
        "error KVMGEN106: The generated code has pointers for the kernel, which this project forbids; "
        + "add <AllowUnsafeBlocks>true</AllowUnsafeBlocks>",
        "-p:Tree=/nowhere", "-p:AllowUnsafeBlocks=false");

    [Theory]
    [InlineData("-p:LangVersion=11")]
    [InlineData("-p:LangVersion=7.3")]
    [InlineData("-p:TargetFrameworkVersion=v7.0")]
    public void ProjectTooOld_isTold(string property) => Expect(
        "error KVMGEN107: The generated code is C# 12 for .NET 8 or later", $"-p:Tree={Models()}", property);

    [Fact]
    public void ModelThatTheFolderLacks_isNamed() => Expect(
        "has models, but not sparc64.api.json; make it with kvmgen scrape, or take the name out",
        $"-p:Tree={Models()}", "-p:Names=x64%2csparc64");

    [Fact]
    public void ListThatIsNotThere_isNamed() => Expect(
        "error KVMGEN105: Apis of KvmHeaders names mine.KvmApis.txt, which does not exist",
        $"-p:Tree={Models()}", "-p:List=mine.KvmApis.txt");

    [Fact]
    public void ListOfAnotherName_isNamed() => Expect(
        "error KVMGEN105: Apis of KvmHeaders names Program.cs; call it KvmApis.txt",
        $"-p:Tree={Models()}", "-p:List=Program.cs");

    [Fact]
    public void FolderWithoutHeaders_isRefusedByTheScraper() => Expect(
        $"error KVMGEN103: {consumer.Folder} has no linux/kvm.h", $"-p:Tree={consumer.Folder}");

    [SkippableFact]
    public void ArchitectureThatTheTreeLacks_isNamedWithThoseItHas()
    {
        string tree = Requires.Headers("6.1");
        Expect("has no loongarch64; it has x64, ", $"-p:Tree={tree}", "-p:Names=loongarch64");
    }

    [SkippableFact]
    public void NoLibClang_isSaidWithTheRemedy()
    {
        string tree = Requires.Headers("6.1");
        Outcome outcome = consumer.DotnetWith("KVMGEN_LIBCLANG", "/nowhere", [.. Command, $"-p:Tree={tree}"]);
        Assert.NotEqual(0, outcome.ExitCode);
        string error = Assert.Single(outcome.LinesWith("error "));
        Assert.Contains("error KVMGEN101: KVMGEN_LIBCLANG names '/nowhere'", error, StringComparison.Ordinal);
        Assert.Contains("apt install libclang1-19", error, StringComparison.Ordinal);
    }

    [Fact]
    public void NoKvmHeaders_isAWarning()
    {
        Outcome outcome = consumer.Build("-nologo", "--no-restore").Succeeded();
        Assert.Contains(
            outcome.LinesWith("warning KVMGEN109"),
            line => line.Contains("Without a KvmHeaders item nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void AnyOfThese_doesNotFailADesignTimeBuild()
    {
        consumer.Dotnet([.. DesignTime, "-p:Tree=/nowhere/include"]).Succeeded();
        consumer.Dotnet([.. DesignTime, $"-p:Tree={consumer.Folder}"]).Succeeded();
        consumer.Dotnet([.. DesignTime, $"-p:Tree={Models()}", "-p:Names=sparc64"]).Succeeded();
    }

    // What a build does up to the compiler, which has nothing to do with these.
    private static readonly string[] Command =
        ["msbuild", "-nologo", "-v:m", "-t:BuildOnlySettings;KvmHeaders"];

    private static readonly string[] DesignTime =
        ["msbuild", "-nologo", "-v:m", "-t:KvmHeaders", "-p:DesignTimeBuild=true"];

    private static string Models() => Directory.GetDirectories(Repository.PathOf("headers/models"))[0];

    private void Expect(string said, params string[] properties)
    {
        Outcome outcome = consumer.Dotnet([.. Command, .. properties]);
        Assert.NotEqual(0, outcome.ExitCode);
        string error = Assert.Single(outcome.LinesWith("error "));
        Assert.Contains($"{consumer.Name}.csproj : error KVMGEN1", error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    /// <summary>One project for all: it is restored once, and what is wrong comes by properties.</summary>
    public sealed class Project
    {
        private Consumer? consumer;

        internal Consumer Consumer(PackedPackages packages)
        {
            if (consumer is null)
            {
                consumer = new Consumer(
                    packages, "Errors",
                    Processes.Consumer.Reference("KvmInterop.Generator") + """
                        <ItemGroup Condition="'$(Tree)' != ''">
                          <KvmHeaders Include="$(Tree)" Architectures="$(Names)" Apis="$(List)" />
                        </ItemGroup>
                        """,
                    "Console.WriteLine();");
                consumer.Dotnet("restore").Succeeded();
            }

            return consumer;
        }
    }
}
