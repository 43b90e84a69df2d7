using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>A folder of the host's, out of which no path leads.</summary>
/// <remarks>
/// Files are reached from the folder by one name at a time, each in a place that is held open: a name has no
/// slash, is not <c>.</c> or <c>..</c>, and a symbolic link is never followed. So it does not matter what guest
/// or host rename or replace meanwhile. Only regular files and folders are opened: no device, no pipe.
/// </remarks>
internal sealed class SharedFolder : IDisposable
{
    private const int LongestName = 255;

    // asm-generic/fcntl.h, but for the three that arm64 has other numbers of.
    private const int AccessMask = 0x3;
    private const int ReadOnlyAccess = 0x0;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int NoTerminal = 0x100;
    private const int Truncate = 0x200;
    private const int Append = 0x400;
    private const int PathOnly = 0x200000;

    private readonly SafeFileHandle root;

    private SharedFolder(SafeFileHandle root, bool isReadOnly)
    {
        this.root = root;
        IsReadOnly = isReadOnly;
    }

    internal bool IsReadOnly { get; }

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static int FolderOnly => IsArm64 ? 0x4000 : 0x10000;

    private static int NoLinks => IsArm64 ? 0x8000 : 0x20000;

    /// <exception cref="IOException">It is no folder, or may not be opened.</exception>
    internal static SharedFolder Share(string path, bool isReadOnly)
    {
        SafeFileHandle root = VirtioLibc.Open(path, PathOnly | FolderOnly | VirtioLibc.OpenCloseOnExec);
        if (root.IsInvalid)
        {
            throw new IOException(
                $"the folder {path} cannot be shared ({Marshal.GetLastPInvokeErrorMessage()}); name a folder that "
                + "this user may read");
        }

        return new SharedFolder(root, isReadOnly);
    }

    public void Dispose() => root.Dispose();

    /// <summary>Another hold on the folder itself.</summary>
    internal NinePError TryRoot(out SafeFileHandle place) => TryClone(root, out place);

    internal static NinePError TryClone(SafeFileHandle place, out SafeFileHandle clone)
    {
        clone = VirtioLibc.Control(place, VirtioLibc.Duplicate, 0);
        return ErrorOf(!clone.IsInvalid);
    }

    /// <summary>Goes to what a folder has under a name.</summary>
    internal static NinePError TryWalk(SafeFileHandle folder, ReadOnlySpan<byte> name, out SafeFileHandle place)
    {
        place = null!;
        NinePError error = CheckName(name);
        if (error == NinePError.None)
        {
            place = VirtioLibc.OpenAt(
                folder, Terminated(name), PathOnly | NoLinks | VirtioLibc.OpenCloseOnExec, 0);
            error = ErrorOf(!place.IsInvalid);
        }

        return error;
    }

    internal static NinePError TryStat(SafeFileHandle file, out VirtioLibc.FileStatistics statistics) =>
        ErrorOf(VirtioLibc.Statx(
            file, [0], VirtioLibc.EmptyPath | VirtioLibc.NoFollow, VirtioLibc.AllStatistics, out statistics) == 0);

    /// <summary>Opens what is at a place.</summary>
    /// <param name="place">Of a regular file or a folder.</param>
    /// <param name="flags">As the guest has them: those of Linux on x86.</param>
    /// <param name="file">Open.</param>
    internal NinePError TryOpen(SafeFileHandle place, uint flags, out SafeFileHandle file)
    {
        file = null!;
        NinePError error = TryStat(place, out VirtioLibc.FileStatistics statistics);
        if (error != NinePError.None)
        {
            return error;
        }

        uint kind = UnixMode.KindOf(statistics.Mode);
        if (kind is not (UnixMode.Regular or UnixMode.Folder))
        {
            return kind == UnixMode.SymbolicLink ? NinePError.TooManyLinks : NinePError.NotPermitted;
        }

        int wanted = (int)flags & (AccessMask | Truncate | Append);
        if (IsReadOnly && ((wanted & AccessMask) != ReadOnlyAccess || (wanted & Truncate) != 0))
        {
            return NinePError.ReadOnly;
        }

        // The file at this place and no other: the path of a file descriptor is that of its file.
        file = VirtioLibc.OpenAt(VirtioLibc.CurrentFolder, PathOf(place), wanted | Always, 0);
        return ErrorOf(!file.IsInvalid);
    }

    /// <summary>Makes a file, or opens what is there under its name.</summary>
    internal NinePError TryCreate(
        SafeFileHandle folder, ReadOnlySpan<byte> name, uint flags, uint mode, out SafeFileHandle file)
    {
        file = null!;
        NinePError error = CheckChange(name);
        if (error != NinePError.None)
        {
            return error;
        }

        int wanted = ((int)flags & (AccessMask | Exclusive | Truncate | Append)) | Create | NoLinks | Always;
        file = VirtioLibc.OpenAt(folder, Terminated(name), wanted, mode & UnixMode.Settable);
        error = ErrorOf(!file.IsInvalid);
        if (error == NinePError.None
            && (TryStat(file, out VirtioLibc.FileStatistics statistics) != NinePError.None
                || UnixMode.KindOf(statistics.Mode) != UnixMode.Regular))
        {
            file.Dispose();
            return NinePError.NotPermitted;
        }

        return error;
    }

    /// <summary>What stops a change under a name, if anything does.</summary>
    internal NinePError CheckChange(ReadOnlySpan<byte> name) =>
        IsReadOnly ? NinePError.ReadOnly : CheckName(name);

    /// <summary>A path to the file itself, not to where it was found.</summary>
    internal static byte[] PathOf(SafeFileHandle file) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}\0"));

    internal static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    internal static NinePError ErrorOf(bool isDone) =>
        isDone ? NinePError.None : (NinePError)Marshal.GetLastPInvokeError();

    // A pipe does not block, a terminal does not become this process's.
    private static int Always =>
        VirtioLibc.OpenNonBlocking | VirtioLibc.OpenCloseOnExec | NoTerminal;

    private static NinePError CheckName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Contains((byte)0) || name.Contains((byte)'/'))
        {
            return NinePError.Invalid;
        }

        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return NinePError.Access;
        }

        return name.Length > LongestName ? NinePError.NameTooLong : NinePError.None;
    }
}
