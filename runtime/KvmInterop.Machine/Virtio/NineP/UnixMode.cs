namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>Kinds of files in a mode (<c>inode(7)</c>).</summary>
internal static class UnixMode
{
    internal const uint KindMask = 0xf000;
    internal const uint Folder = 0x4000;
    internal const uint Regular = 0x8000;
    internal const uint SymbolicLink = 0xa000;

    /// <summary>What of a mode a guest can set: not set-user-id and set-group-id, which would be the
    /// host's.</summary>
    internal const uint Settable = 0x3ff;

    internal static uint KindOf(uint mode) => mode & KindMask;
}
