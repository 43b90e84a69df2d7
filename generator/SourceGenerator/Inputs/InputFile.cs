using KvmInterop.ApiModel;
using Microsoft.CodeAnalysis;

namespace KvmInterop.Generator.Inputs;

/// <summary>
/// A file that the generator reads, as text: Roslyn hands out new objects for files that have not changed,
/// and only the text tells that they have not.
/// </summary>
internal sealed record InputFile(string Path, string Text)
{
    public bool IsModel => HasModelName(Path);

    public bool IsKnowledge => HasKnowledgeName(Path);

    public bool IsList => ApiList.HasName(Path);

    public static bool IsInput(AdditionalText file) =>
        HasModelName(file.Path) || HasKnowledgeName(file.Path) || ApiList.HasName(file.Path);

    public static InputFile Read(AdditionalText file, CancellationToken cancellation) =>
        new(file.Path, file.GetText(cancellation)?.ToString() ?? "");

    private static bool HasModelName(string path) =>
        path.EndsWith(".api.json", StringComparison.OrdinalIgnoreCase);

    private static bool HasKnowledgeName(string path) =>
        string.Equals(System.IO.Path.GetFileName(path), "ioctls.json", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A model file, read: a document or an error.</summary>
internal sealed record ModelFile(string Path, ReadResult<ApiDocument> Result)
{
    public static ModelFile Read(InputFile file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new ModelFile(file.Path, ModelReader.Read(file.Text));
    }
}

/// <summary>The file of what no header says, read: a document or an error.</summary>
internal sealed record KnowledgeFile(string Path, ReadResult<KnowledgeDocument> Result)
{
    public static KnowledgeFile Read(InputFile file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new KnowledgeFile(file.Path, KnowledgeReader.Read(file.Text));
    }
}
