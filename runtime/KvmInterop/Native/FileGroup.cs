using System.Globalization;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The group that owns a file, and whether its members may read and write it.</summary>
internal readonly unsafe partial record struct FileGroup(string Name, bool MayReadAndWrite)
{
    // linux/stat.h and linux/fcntl.h: statx is the one form of stat that all architectures lay out alike.
    private const int CurrentDirectory = -100;
    private const uint ModeAndGroup = 0x2 | 0x10;
    private const int ReadWriteOfGroup = 0x30;

    /// <summary>Looks; null where the file cannot be seen.</summary>
    internal static FileGroup? Of(string path)
    {
        Status status;

        // SAFETY: the structure is a whole struct statx on this stack, and the call does not keep it.
        if (GetStatus(CurrentDirectory, path, 0, ModeAndGroup, &status) != 0)
        {
            return null;
        }

        bool mayUse = (status.Mode & ReadWriteOfGroup) == ReadWriteOfGroup;
        return new FileGroup(NameOf(status.Group), mayUse);
    }

    // group(5): name, password, number, members.
    private static string NameOf(uint number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string line in File.ReadLines("/etc/group"))
            {
                if (line.Split(':') is [var name, _, var id, ..] && id == text)
                {
                    return name;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container without the file: the number serves usermod as well.
        }

        return text;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int folder, string path, int flags, uint mask, Status* status);

    /// <summary>The members of <c>struct statx</c> that are read here, in its 256 bytes.</summary>
    /// <remarks>Sequential: explicit layouts in this namespace are the kernel's records, which a test compares.</remarks>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Status
    {
        /// <summary>What statx filled in, block size, attributes, links and user, which nobody asks here.</summary>
        public fixed uint Before[6];

        /// <summary>The number of the owning group (24 bytes in).</summary>
        public uint Group;

        /// <summary>Kind and permissions (28 bytes in).</summary>
        public ushort Mode;
    }
}
