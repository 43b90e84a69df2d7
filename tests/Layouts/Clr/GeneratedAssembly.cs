using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using KvmInterop.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>The bindings that the generator makes of models, compiled and loaded into this process.</summary>
internal static class GeneratedAssembly
{
    private const string Attributes = "[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]";

    public static Assembly Of(IEnumerable<string> modelFiles)
    {
        IEnumerable<string> files = modelFiles.Append(Repository.PathOf("headers/ioctls.json"));
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new KvmGenerator().AsSourceGenerator()], files.Select(file => new FileText(file)));
        var project = CSharpCompilation.Create(
            "Bindings",
            [CSharpSyntaxTree.ParseText(Attributes)],
            FrameworkReferences(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        driver.RunGeneratorsAndUpdateCompilation(project, out Compilation compilation, out _);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Take(10)));
        image.Position = 0;
        return new AssemblyLoadContext("bindings", isCollectible: true).LoadFromStream(image);
    }

    private static IEnumerable<MetadataReference> FrameworkReferences() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
        .Select(path => MetadataReference.CreateFromFile(path));

    private sealed class FileText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) =>
            SourceText.From(File.ReadAllText(path), Encoding.UTF8);
    }
}
