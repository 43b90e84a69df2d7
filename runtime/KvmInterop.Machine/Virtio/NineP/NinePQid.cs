using KvmInterop.Machine.Virtio.Native;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>What 9P knows a file by.</summary>
internal readonly record struct NinePQid(byte Type, uint Version, ulong Path)
{
    /// <summary>Bytes of one in a message.</summary>
    internal const int Length = 13;

    private const byte Folder = 0x80;
    private const byte SymbolicLink = 0x02;

    internal static NinePQid Of(in VirtioLibc.FileStatistics statistics) => new(
        TypeOf(UnixMode.KindOf(statistics.Mode)),
        (uint)statistics.Modified.Nanoseconds ^ (uint)statistics.Modified.Seconds,
        Mix(statistics.Inode, statistics.FileSystemMajor, statistics.FileSystemMinor));

    internal static byte TypeOf(uint kind) => kind switch
    {
        UnixMode.Folder => Folder,
        UnixMode.SymbolicLink => SymbolicLink,
        _ => 0,
    };

    // A folder that is shared may have others mounted in it, with inodes of the same numbers.
    private static ulong Mix(ulong inode, uint major, uint minor) =>
        inode ^ ((ulong)major << 52) ^ ((ulong)minor << 40);
}
