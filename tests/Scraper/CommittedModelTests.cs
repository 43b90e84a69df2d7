using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>The models in headers/models are what the tool makes, from any libclang.</summary>
public class CommittedModelTests
{
    private const string Release = "7.3";

    private static readonly int[] KnownVersions = [14, 16, 19, 21, 22];

    public static TheoryData<string> Architectures => [.. ModelReader.Architectures];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Model_readAndWritten_isTheSameText(string architecture)
    {
        string text = File.ReadAllText(ModelOf(architecture));

        ReadResult<ApiDocument> result = ModelReader.Read(text);

        Assert.Null(result.Error);
        Assert.Equal(architecture, result.Document!.Architecture);
        Assert.Equal(text, ModelWriter.Write(result.Document));
    }

    [Fact]
    public void Models_areThoseOfTheSevenArchitectures() => Assert.Equal(
        ModelReader.Architectures.Order().Select(name => $"{name}.api.json"),
        Directory.GetFiles(Path.GetDirectoryName(ModelOf("x64"))!).Select(Path.GetFileName).Order());

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Model_lists_areInOrdinalOrder(string architecture)
    {
        ApiDocument document = ModelReader.Read(File.ReadAllText(ModelOf(architecture))).Document!;

        AssertSorted(document.Records.Select(record => record.Name));
        AssertSorted(document.Enums.Select(item => item.Name));
        AssertSorted(document.Constants.Select(constant => constant.Name));
        AssertSorted(document.Ioctls.Select(ioctl => ioctl.Name));
        AssertSorted(document.Functions.Select(function => function.Name));
        AssertSorted(document.Skipped.Select(skipped => skipped.Name));
    }

    [SkippableFact]
    public void Models_scrapedAfresh_areTheCommittedOnes()
    {
        Requires.LibClang();
        Requires.Headers(Release);

        Compare(ModelReader.Architectures, libClang: null);
    }

    [SkippableFact]
    public void Models_ofEveryLibClangHere_areTheCommittedOnes()
    {
        Requires.Headers(Release);
        int[] versions = [.. KnownVersions
            .Where(version => File.Exists($"/usr/lib/llvm-{version}/lib/libclang-{version}.so.1"))];
        Skip.If(versions.Length == 0, "none of Debian's libclang packages is here; install libclang1-19");

        foreach (int version in versions)
        {
            // LLVM knows loongarch64 since version 16.
            Compare(
                ModelReader.Architectures.Where(name => version >= 16 || name != "loongarch64"),
                $"/usr/lib/llvm-{version}/lib");
        }
    }

    private static void Compare(IEnumerable<string> architectures, string? libClang)
    {
        string output = Directory.CreateTempSubdirectory("kvmgen-drift-").FullName;
        try
        {
            string names = string.Join(',', architectures);
            Assert.Equal(
                (0, "", ""),
                Kvmgen.Run(["scrape", "--headers", Release, "--arch", names, "--output", output], libClang));
            foreach (string architecture in architectures)
            {
                // As text first, for a difference that a person can read.
                string fresh = Path.Combine(output, $"{architecture}.api.json");
                Assert.Equal(File.ReadAllText(ModelOf(architecture)), File.ReadAllText(fresh));
                Assert.Equal(File.ReadAllBytes(ModelOf(architecture)), File.ReadAllBytes(fresh));
            }
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static void AssertSorted(IEnumerable<string> names) =>
        Assert.Equal(names.Order(StringComparer.Ordinal), names);

    private static string ModelOf(string architecture) =>
        Repository.PathOf($"headers/models/{Release}/{architecture}.api.json");
}
