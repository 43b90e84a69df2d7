using System.Diagnostics;

namespace KvmInterop.Tests.Documents;

public sealed class ExampleTests
{
    public static TheoryData<string> CSharpBlocks()
    {
        var data = new TheoryData<string>();
        foreach (MarkdownCode block in MarkdownCode.ReadAll("csharp"))
        {
            data.Add(block.ToString());
        }

        return data;
    }

    [Fact]
    public void Readme_example_isOneOf25LinesAtMost()
    {
        MarkdownCode example = Readme();

        Assert.InRange(example.Text.Split('\n').Length, 10, 25);
    }

    [Theory]
    [MemberData(nameof(CSharpBlocks))]
    public void Document_csharpBlock_compilesWithoutWarnings(string place)
    {
        MarkdownCode block = MarkdownCode.ReadAll("csharp").Single(b => b.ToString() == place);

        var result = ExampleCompiler.Compile(block.Text, Stream.Null);

        Assert.Empty(result.Diagnostics.Where(d => d.Severity > Microsoft.CodeAnalysis.DiagnosticSeverity.Info));
    }

    [Theory]
    [MemberData(nameof(CSharpBlocks))]
    public async Task Document_csharpBlock_passesOurAnalyzers(string place)
    {
        MarkdownCode block = MarkdownCode.ReadAll("csharp").Single(b => b.ToString() == place);

        IReadOnlyList<string> found = await ExampleCompiler.Analyze(block.Text);

        // The page of a diagnostic shows it, in the line that says so.
        string page = block.File.StartsWith("docs/analyzers/", StringComparison.Ordinal)
            ? Path.GetFileNameWithoutExtension(block.File)
            : "";
        bool isShown = page.Length > 0 && block.Text.Contains($"// {page}: ", StringComparison.Ordinal);
        Assert.Equal(
            isShown ? [page] : [],
            found.Where(each => !each.EndsWith(" Info", StringComparison.Ordinal) || page.Length > 0)
                .Select(each => each.Split(' ')[0]));
    }

    [SkippableFact]
    public void Readme_exampleRunAsAProgram_prints4()
    {
        Requires.Kvm();
        string folder = Directory.CreateTempSubdirectory("kvm-readme-").FullName;
        try
        {
            using (FileStream output = File.Create(Path.Combine(folder, "Example.dll")))
            {
                Assert.True(ExampleCompiler.Compile(Readme().Text, output).Success);
            }

            string library = typeof(Kvm).Assembly.Location;
            File.Copy(library, Path.Combine(folder, Path.GetFileName(library)));
            File.Copy(
                Path.ChangeExtension(typeof(ExampleTests).Assembly.Location, ".runtimeconfig.json"),
                Path.Combine(folder, "Example.runtimeconfig.json"));

            using Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", "Example.dll"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
            })!;
            string printed = process.StandardOutput.ReadToEnd();
            process.WaitForExit();

            Assert.Equal("4\n", printed);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static MarkdownCode Readme() => MarkdownCode.ReadAll("csharp").First(b => b.File == "README.md");
}
