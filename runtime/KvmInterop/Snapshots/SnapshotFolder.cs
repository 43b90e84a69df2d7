namespace KvmInterop;

/// <summary>
/// A folder that is there whole or not at all: it is made under another name beside it, and renamed.
/// </summary>
internal sealed class SnapshotFolder : IDisposable
{
    private readonly string final;
    private bool isDone;

    /// <exception cref="StateException">Something else than a snapshot has the name.</exception>
    internal SnapshotFolder(string folder)
    {
        final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckTarget();
        Temporary = $"{final}.partial-{Guid.NewGuid():n}";
        Directory.CreateDirectory(Temporary);
    }

    /// <summary>Where to write.</summary>
    internal string Temporary { get; }

    /// <summary>Gives the folder its name; a snapshot that had it before is gone.</summary>
    internal string Complete()
    {
        CheckTarget();
        if (Directory.Exists(final))
        {
            string old = $"{final}.old-{Guid.NewGuid():n}";
            Directory.Move(final, old);
            try
            {
                Directory.Move(Temporary, final);
            }
            catch
            {
                Directory.Move(old, final);
                throw;
            }

            // Who has its memory mapped keeps the pages: files live on without a name.
            isDone = true;
            Directory.Delete(old, recursive: true);
        }
        else
        {
            Directory.Move(Temporary, final);
            isDone = true;
        }

        return final;
    }

    public void Dispose()
    {
        if (!isDone && Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true);
        }
    }

    private void CheckTarget()
    {
        if (File.Exists(final))
        {
            throw new StateException($"{final} is a file, and a snapshot is a folder: choose another name");
        }

        if (Directory.Exists(final) && Directory.EnumerateFileSystemEntries(final).Any()
            && !File.Exists(Path.Combine(final, SnapshotManifest.FileName)))
        {
            throw new StateException(
                $"{final} has files that are no snapshot, and stays as it is: choose another name or an "
                + "empty "
                + "folder");
        }
    }
}
