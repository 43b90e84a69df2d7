namespace KvmInterop.Examples;

/// <summary>A folder that is gone with this object.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    /// <summary>A name in it.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>Deletes it with all that is in it.</summary>
    public void Dispose() => Directory.Delete(path, recursive: true);
}
