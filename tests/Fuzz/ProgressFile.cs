using System.IO.MemoryMappedFiles;

namespace KvmInterop.Tests.Fuzz;

/// <summary>The number of the input that a process is at, for who looks on or finds the process dead.</summary>
internal sealed class ProgressFile : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    public ProgressFile(string path)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, sizeof(long));
        view = file.CreateViewAccessor(0, sizeof(long));
    }

    public long Input
    {
        get => view.ReadInt64(0);
        set => view.Write(0, value);
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
