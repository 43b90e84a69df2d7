using System.Text;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>Where models go: all of them, or none.</summary>
internal sealed class ModelFiles
{
    public const string StandardOutput = "-";

    private const string Extension = ".api.json";

    private readonly string output;
    private readonly bool folder;

    private ModelFiles(string output, bool folder)
    {
        this.output = output;
        this.folder = folder;
    }

    /// <summary>Refuses what cannot work before the headers are read.</summary>
    public static ModelFiles For(string output, IReadOnlyList<HeaderSet> sets)
    {
        bool folder = output != StandardOutput
            && (sets.Count > 1 || output.EndsWith('/') || Directory.Exists(output));
        return sets.Count == 1 || (folder && !File.Exists(output))
            ? new ModelFiles(output, folder)
            : throw new ScrapeException(
                $"{sets.Count} architectures make as many models: name a folder with --output DIR, "
                + "or one architecture with --arch NAME");
    }

    public void Write(IReadOnlyList<ApiDocument> documents)
    {
        if (output == StandardOutput)
        {
            using Stream stream = Console.OpenStandardOutput();
            stream.Write(Encoding.UTF8.GetBytes(ModelWriter.Write(documents[0])));
            return;
        }

        Directory.CreateDirectory(folder ? output : Path.GetDirectoryName(Path.GetFullPath(output))!);
        List<(string Temporary, string Path)> files = [];
        try
        {
            foreach (ApiDocument document in documents)
            {
                string path = folder ? Path.Combine(output, document.Architecture + Extension) : output;
                string temporary = $"{path}.{Environment.ProcessId}.tmp";
                files.Add((temporary, path));
                File.WriteAllBytes(temporary, Encoding.UTF8.GetBytes(ModelWriter.Write(document)));
            }

            foreach ((string temporary, string path) in files)
            {
                File.Move(temporary, path, overwrite: true);
            }
        }
        finally
        {
            // After success there is nothing of these names, and deleting nothing is no error.
            foreach ((string temporary, _) in files)
            {
                File.Delete(temporary);
            }
        }
    }
}
