using System.Text;
using BenchmarkDotNet.Attributes;
using KvmInterop.Generator;
using KvmInterop.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>
/// The source generator as the compiler drives it: from nothing, or in a compiler that stays (an IDE, the
/// compiler server) after an edit of other code or of a model.
/// </summary>
public class GeneratorBenchmarks
{
    private const string Models = "headers/models/7.3";
    private const string Edited = "x64.api.json";

    private AdditionalText[] one = [];
    private AdditionalText[] all = [];
    private AdditionalText[] alternatives = [];
    private CSharpCompilation compilation = null!;
    private GeneratorDriver driver = null!;
    private int edits;

    [GlobalSetup]
    public void SetUp()
    {
        FileText knowledge = new(Repository.PathOf("headers/ioctls.json"));
        FileText[] models =
        [
            .. Directory.GetFiles(Repository.PathOf(Models), "*.api.json").Order()
                .Select(path => new FileText(path)),
        ];
        FileText model = models.Single(file => Path.GetFileName(file.Path) == Edited);
        one = [model, knowledge];
        all = [.. models, knowledge];
        alternatives = [model, new FileText(model.Path, OneNameChanged(model.Content))];
        compilation = CSharpCompilation.Create(
            "Consumer", [Code(0)], [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)]);
        driver = Generate(NewDriver(all));
    }

    /// <summary>x64 for the first time; the code of generator and compiler is compiled already.</summary>
    [Benchmark]
    public object OneFromNothing() => Generate(NewDriver(one));

    /// <summary>Seven architectures for the first time.</summary>
    [Benchmark]
    public object AllFromNothing() => Generate(NewDriver(all));

    /// <summary>After an edit of a source file that is not the generator's.</summary>
    [Benchmark]
    public object EditElsewhere()
    {
        compilation = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], Code(++edits));
        return driver = Generate(driver);
    }

    /// <summary>After a member of one record got another name.</summary>
    [Benchmark]
    public object EditModel()
    {
        AdditionalText before = alternatives[edits % 2];
        return driver = Generate(driver.ReplaceAdditionalText(before, alternatives[++edits % 2]));
    }

    private static CSharpGeneratorDriver NewDriver(AdditionalText[] files) => CSharpGeneratorDriver.Create(
        [new KvmGenerator().AsSourceGenerator()], files, CSharpParseOptions.Default);

    private static SyntaxTree Code(int number) => CSharpSyntaxTree.ParseText($"class Edited{number};");

    private static string OneNameChanged(string model)
    {
        string changed = model.Replace("\"name\": \"rax\"", "\"name\": \"rax2\"", StringComparison.Ordinal);
        return changed != model ? changed : throw new InvalidOperationException($"{Edited} has no rax.");
    }

    private GeneratorDriver Generate(GeneratorDriver before)
    {
        GeneratorDriver after = before.RunGenerators(compilation);
        GeneratorRunResult result = after.GetRunResult().Results.Single();
        return result.Exception is null && result.GeneratedSources.Length > 0
            ? after
            : throw new InvalidOperationException("The generator did not do what it should.", result.Exception);
    }

    /// <summary>An AdditionalFile.</summary>
    private sealed class FileText(string path, string content) : AdditionalText
    {
        public FileText(string path)
            : this(path, File.ReadAllText(path))
        {
        }

        public override string Path => path;

        public string Content => content;

        public override SourceText GetText(CancellationToken cancellationToken = default) =>
            SourceText.From(content, Encoding.UTF8);
    }
}
