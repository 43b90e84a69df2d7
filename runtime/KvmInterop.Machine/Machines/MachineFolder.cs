using System.Runtime.InteropServices;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

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

        return ReadFile(path);
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

    // No link, no pipe for whose other end one would wait, no device that never ends: the folder may come from
    // anybody.
    private static byte[] ReadFile(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new StateException($"{path} is a symbolic link, which no file of a snapshot is");
        }

        using SafeFileHandle file =
            VirtioLibc.Open(path, VirtioLibc.OpenNonBlocking | VirtioLibc.OpenCloseOnExec);
        if (file.IsInvalid)
        {
            throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            long length = RandomAccess.GetLength(file);
            if (length > MostFileBytes)
            {
                throw new StateException($"{path} is larger than what the devices of a machine can have");
            }

            byte[] bytes = new byte[length];
            int read = RandomAccess.Read(file, bytes, 0);
            return bytes[..read];
        }
        catch (NotSupportedException e)
        {
            throw new StateException($"{path} is no regular file, as those of a snapshot are", e);
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
