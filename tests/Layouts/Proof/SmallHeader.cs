using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Proof;

/// <summary>A header of our own with every shape that KVM's has, and the right model for it.</summary>
internal static class SmallHeader
{
    public static string ModelFile { get; } = Repository.PathOf("tests/Layouts/Proof/small.api.json");

    public static string Model { get; } = File.ReadAllText(ModelFile);

    public static ApiDocument Parse(string model)
    {
        ReadResult<ApiDocument> result = ModelReader.Read(model);
        return result.Document ?? throw new InvalidOperationException(result.Error!.ToString());
    }

    public static CompilerTarget Target(string compiler) => new(compiler, "x86_64-linux-gnu", [SmallTree.Folder]);
}
