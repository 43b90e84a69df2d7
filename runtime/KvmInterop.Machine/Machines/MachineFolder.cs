namespace KvmInterop.Machine.Machines;

/// <summary>The folder of a saved machine: what is in it, and how it comes to be there whole.</summary>
internal static class MachineFolder
{
    /// <summary>The file of the machine's options and its devices' states.</summary>
    internal const string Devices = "devices.bin";

    /// <summary>The folder of a <see cref="VmSnapshot"/>.</summary>
    internal const string Vm = "vm";

    private const long MostFileBytes = 1L << 30;

    /// <summary>Reads the file of devices.</summary>
    /// <exception cref="StateException">It is not there, no regular file, or larger than any.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static byte[] ReadDevices(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, Devices);
        if (!File.Exists(path))
        {
            throw new StateException(
                Directory.Exists(folder)
                    ? $"{folder} is no snapshot of a machine: it has no {Devices}"
                    : $"there is no snapshot {folder}");
        }

        return SnapshotFile.ReadAll(path, MostFileBytes);
    }

    /// <summary>Writes a folder under another name, which then becomes its own.</summary>
    /// <param name="folder">New, empty, or a snapshot.</param>
    /// <param name="write">Is given the other name, of a folder that is there. Where it throws, nothing
    /// stays.</param>
    /// <exception cref="StateException">Something else has the folder's name.</exception>
    internal static void Replace(string folder, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckMayBeReplaced(full);
        string temporary = $"{full}.{Guid.NewGuid():n}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            Put(full, temporary);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    private static void CheckMayBeReplaced(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder)
            && !File.Exists(Path.Combine(folder, Devices))
            && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new StateException($"{folder} is there and no snapshot; name another folder");
        }
    }

    private static void Put(string folder, string temporary)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(temporary, folder);
            return;
        }

        string old = $"{folder}.{Guid.NewGuid():n}.old";
        Directory.Move(folder, old);
        Directory.Move(temporary, folder);
        Directory.Delete(old, recursive: true);
    }
}
