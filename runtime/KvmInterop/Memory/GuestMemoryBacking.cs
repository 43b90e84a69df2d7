using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

/// <summary>What stands behind a region of guest memory.</summary>
/// <remarks>Immutable; one may serve any number of regions.</remarks>
public sealed class GuestMemoryBacking
{
    private GuestMemoryBacking(Kind kind, string? path = null, SafeFileHandle? file = null, long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Storage = kind;
        Path = path;
        File = file;
        Offset = offset;
    }

    internal enum Kind
    {
        Anonymous,
        NewMemfd,
        PrivateFile,
        SharedFile,
        GuestMemfd,
    }

    /// <summary>Zeroed memory of this process alone, without reserved swap: the default.</summary>
    public static GuestMemoryBacking Anonymous { get; } = new(Kind.Anonymous);

    /// <summary>
    /// Zeroed memory in a file without a name (memfd_create), which other processes and other VMs may map:
    /// <see cref="GuestMemoryRegion.File"/> is its file.
    /// </summary>
    /// <remarks>
    /// The file is sealed against a change of its size (F_SEAL_SHRINK, F_SEAL_GROW), so that nobody who has
    /// it can end this process by cutting it off. It is on no disk.
    /// </remarks>
    public static GuestMemoryBacking Shared { get; } = new(Kind.NewMemfd);

    /// <summary>
    /// Memory that the kernel keeps for the guest (KVM_CREATE_GUEST_MEMFD) and binds to the slot by
    /// KVM_SET_USER_MEMORY_REGION2. Needs a VM and KVM_CAP_GUEST_MEMFD.
    /// </summary>
    /// <remarks>
    /// <para>Where this VM's guest_memfd can be mapped and starts shared (KVM_CAP_GUEST_MEMFD_FLAGS with
    /// GUEST_MEMFD_FLAG_MMAP and GUEST_MEMFD_FLAG_INIT_SHARED), the host reaches all of it as any other
    /// memory. Otherwise the host reaches the pages that are shared, which are then anonymous memory, and
    /// <c>Vm.SetMemoryAttributes</c> turns pages private, into the kernel's file.</para>
    /// <para>KVM has no dirty log and no read-only slots for it.</para>
    /// </remarks>
    public static GuestMemoryBacking GuestMemfd { get; } = new(Kind.GuestMemfd);

    internal Kind Storage { get; }

    internal string? Path { get; }

    internal SafeFileHandle? File { get; }

    /// <summary>Bytes into the file.</summary>
    internal long Offset { get; }

    /// <summary>
    /// The content of a file, copied page by page as it is written to; the file never changes. How one
    /// snapshot becomes many VMs.
    /// </summary>
    /// <remarks>
    /// The file must hold the whole region. Nobody may make it shorter while it is mapped: touching what is
    /// gone ends the process (SIGBUS). Replace such a file by renaming a new one over it. What others write
    /// to it meanwhile may or may not be seen.
    /// </remarks>
    /// <param name="path">A file that this user can read.</param>
    /// <param name="offset">Where in the file the region begins: a multiple of the host's page size.</param>
    public static GuestMemoryBacking PrivateFile(string path, long offset = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(Kind.PrivateFile, path, offset: offset);
    }

    /// <inheritdoc cref="PrivateFile(string, long)"/>
    /// <param name="file">An open file, which may be closed once the region is made.</param>
    /// <param name="offset">Where in the file the region begins: a multiple of the host's page size.</param>
    public static GuestMemoryBacking PrivateFile(SafeFileHandle file, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(Kind.PrivateFile, file: file, offset: offset);
    }

    /// <summary>
    /// The content of a file that the guest writes back to: a file of a disk, of <c>/dev/shm</c>, or the
    /// <see cref="GuestMemoryRegion.File"/> of another region.
    /// </summary>
    /// <remarks>As for <see cref="PrivateFile(string, long)"/>, nobody may make it shorter.</remarks>
    /// <param name="path">A file that this user can read and write.</param>
    /// <param name="offset">Where in the file the region begins: a multiple of the host's page size.</param>
    public static GuestMemoryBacking SharedFile(string path, long offset = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(Kind.SharedFile, path, offset: offset);
    }

    /// <inheritdoc cref="SharedFile(string, long)"/>
    /// <param name="file">A file open for reading and writing; may be closed once the region is made.</param>
    /// <param name="offset">Where in the file the region begins: a multiple of the host's page size.</param>
    public static GuestMemoryBacking SharedFile(SafeFileHandle file, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(Kind.SharedFile, file: file, offset: offset);
    }

    /// <summary>As it reads in a message: <c>a new memfd</c>, <c>the file /tmp/memory</c>.</summary>
    public override string ToString() => Storage switch
    {
        Kind.NewMemfd => "a new memfd",
        Kind.GuestMemfd => "guest_memfd",
        Kind.PrivateFile or Kind.SharedFile => Path is null ? "the open file" : $"the file {Path}",
        _ => "anonymous memory",
    };
}
