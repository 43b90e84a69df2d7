using System.Collections.Immutable;
using Microsoft.CodeAnalysis.CSharp;

namespace KvmInterop.Tests.Generator.Harness;

/// <summary>A project with AdditionalFiles that the generator runs in, again and again.</summary>
internal sealed class GeneratorHost
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // C# 12: the generated code is for other people's projects, and .NET 8 is the oldest that has what it
    // needs.
    private static readonly CSharpParseOptions Parse =
        new(LanguageVersion.CSharp12, DocumentationMode.Diagnose);

    private readonly Options options;
    private GeneratorDriver driver;

    public GeneratorHost(params InputText[] files)
        : this([], files)
    {
    }

    public GeneratorHost(Dictionary<string, string> properties, params InputText[] files)
    {
        options = new Options(properties, files);
        driver = CSharpGeneratorDriver.Create(
            [new KvmGenerator().AsSourceGenerator()],
            files,
            Parse,
            options,
            new GeneratorDriverOptions(
                IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        Files = [.. files];
        Run();
    }

    /// <summary>Everything that is not the generator's.</summary>
    public CSharpCompilation Compilation { get; private set; } = CSharpCompilation.Create(
        "Consumer",
        [CSharpSyntaxTree.ParseText(
            "[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]", Parse)],
        References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, warningLevel: 9999,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error,
            deterministic: true, concurrentBuild: false, checkOverflow: true));

    public List<InputText> Files { get; }

    public GeneratorRunResult Result { get; private set; }

    public IReadOnlyList<Diagnostic> Diagnostics => Result.Diagnostics;

    /// <summary>The generated files by the name that they have without namespace root and ending.</summary>
    public IReadOnlyDictionary<string, string> Sources => Result.GeneratedSources.ToDictionary(
        source => source.HintName.Replace(".g.cs", "", StringComparison.Ordinal),
        source => source.SourceText.ToString());

    public string this[string name] => Sources["KvmInterop.Native." + name];

    public void Run()
    {
        driver = driver.RunGenerators(Compilation);
        Result = driver.GetRunResult().Results.Single();
        if (Result.Exception is { } exception)
        {
            throw new InvalidOperationException("The generator failed: " + exception, exception);
        }
    }

    public void AddCode(string text)
    {
        Compilation = Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(text, Parse));
        Run();
    }

    /// <summary>Puts a new object in the place of a file, as the compiler does when it is saved.</summary>
    public void Replace(string path, string text)
    {
        int index = Files.FindIndex(file => file.Path == path);
        InputText file = new(path, text);
        driver = driver.ReplaceAdditionalText(Files[index], file);
        Files[index] = file;
        Run();
    }

    /// <summary>Compiles what was generated together with the project; warnings are errors.</summary>
    public CSharpCompilation Compile(string code = "")
    {
        CSharpCompilation all = Compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(code, Parse));
        return all.AddSyntaxTrees(Result.GeneratedSources.Select(source =>
            CSharpSyntaxTree.ParseText(source.SourceText, Parse, source.HintName)));
    }
}
