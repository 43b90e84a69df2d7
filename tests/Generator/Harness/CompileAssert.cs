using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis.CSharp;

namespace KvmInterop.Tests.Generator.Harness;

/// <summary>Compiles generated code as a strict project would.</summary>
internal static class CompileAssert
{
    /// <summary>
    /// No error and no warning; documentation is checked as with GenerateDocumentationFile.
    /// </summary>
    public static void CompilesWithoutWarnings(this GeneratorHost host, string code = "")
    {
        using MemoryStream image = new();
        using MemoryStream documentation = new();
        var result = host.Compile(code).Emit(image, xmlDocumentationStream: documentation);
        string found = string.Join(
            "\n", result.Diagnostics.Where(d => d.Severity != DiagnosticSeverity.Hidden));
        Assert.Equal("", found);
        Assert.True(result.Success);
    }

    public static Assembly Load(this GeneratorHost host, string code = "")
    {
        using MemoryStream image = new();
        var result = host.Compile(code).Emit(image);
        Assert.Equal(
            "", string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        image.Position = 0;
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
    }
}
