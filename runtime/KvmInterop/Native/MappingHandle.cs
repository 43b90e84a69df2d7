using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Native;

/// <summary>
/// A mapping of this process that is guest RAM, between pages that nobody may touch. Unmapped when the last
/// of its users lets go: the <see cref="GuestMemory"/> that made it, the VM whose memory slot points at it,
/// leases of it.
/// </summary>
/// <remarks>
/// At least one page before and one after it is reserved without access (PROT_NONE): what runs over its end
/// by mistake meets a fault, not the memory of somebody else.
/// </remarks>
internal sealed unsafe class MappingHandle : SafeHandle
{
    private readonly nuint reserved;

    private MappingHandle(nint start, nuint reserved, byte* pointer, ulong size)
        : base(0, ownsHandle: true)
    {
        SetHandle(start);
        this.reserved = reserved;
        Pointer = pointer;
        Size = size;
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes of guest RAM.</summary>
    internal ulong Size { get; }

    /// <summary>First byte in this process. Only to be used between an add-ref and its release.</summary>
    internal byte* Pointer { get; }

    /// <summary>The file of the memory, which closes with the mapping; null where it has none.</summary>
    internal SafeFileHandle? File { get; init; }

    /// <summary>
    /// Whether <see cref="File"/> is a guest_memfd, which the memory slot must name.
    /// </summary>
    internal bool IsGuestMemfd { get; init; }

    /// <summary>The pages it was made of.</summary>
    internal GuestHugePages HugePages { get; private set; }

    /// <summary>Why these are not the pages that were asked for.</summary>
    internal string? HugePagesFallback { get; private set; }

    /// <summary>Maps zeroed memory, no swap reserved: pages cost nothing until they are touched.</summary>
    /// <param name="address">Its guest-physical address, of which it gets the low bits.</param>
    /// <param name="size">Bytes, a multiple of the page size, at most <see cref="long.MaxValue"/>.</param>
    /// <param name="alignment">How many of the low bits: a power of two, a page or more.</param>
    /// <param name="guestMemfd">A guest_memfd for the pages that become private; closes with it.</param>
    internal static MappingHandle Anonymous(
        ulong address, ulong size, ulong alignment, SafeFileHandle? guestMemfd = null)
    {
        MappingHandle mapping = Reserve(address, size, alignment, guestMemfd, guestMemfd is not null);

        // SAFETY: the range lies in the reservation that the handle owns, and nobody has been told of it yet.
        unsafe
        {
            if (Libc.Protect(mapping.Pointer, (nuint)size, Libc.ProtectRead | Libc.ProtectWrite) == 0)
            {
                return mapping;
            }
        }

        int error = Marshal.GetLastPInvokeError();
        mapping.Dispose();
        throw new KvmException("mprotect", error, null, $"{size:#,0} bytes of guest memory");
    }

    /// <summary>Maps a file.</summary>
    /// <param name="address">As for <see cref="Anonymous"/>.</param>
    /// <param name="size">As for <see cref="Anonymous"/>; the file has as much from the offset on.</param>
    /// <param name="alignment">As for <see cref="Anonymous"/>.</param>
    /// <param name="file">Stays the caller's.</param>
    /// <param name="offset">A multiple of the page size.</param>
    /// <param name="flags">MAP_SHARED or MAP_PRIVATE.</param>
    /// <param name="owned">A file that closes with the mapping, or null.</param>
    /// <param name="isGuestMemfd">Whether it is a guest_memfd.</param>
    /// <exception cref="KvmException">mmap failed.</exception>
    internal static MappingHandle OfFile(
        ulong address,
        ulong size,
        ulong alignment,
        SafeFileHandle file,
        long offset,
        int flags,
        SafeFileHandle? owned = null,
        bool isGuestMemfd = false)
    {
        using Held<SafeFileHandle> held = new(file);
        int fd = (int)file.DangerousGetHandle();
        nuint length = (nuint)size;

        // A mapping at a fixed place that is refused may leave a hole in the reservation, in which another
        // thread's mapping appears. So the kernel is asked for the same at a place of its choice first.
        //
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours, and is given
        // back below. The fixed one replaces a part of the reservation that the handle owns, of which nobody
        // has been told yet.
        unsafe
        {
            const int ReadWrite = Libc.ProtectRead | Libc.ProtectWrite;
            void* trial = MapOrThrow(null, length, ReadWrite, flags, fd, offset, size);
            try
            {
                MappingHandle mapping = Reserve(address, size, alignment, owned, isGuestMemfd);
                try
                {
                    MapOrThrow(
                        mapping.Pointer, length, ReadWrite, flags | Libc.MapFixed, fd, offset, size);
                    return mapping;
                }
                catch
                {
                    // Whose the range is now nobody knows: it is left, rather than another's memory unmapped.
                    mapping.SetHandleAsInvalid();
                    throw;
                }
            }
            finally
            {
                _ = Libc.Unmap(trial, length);
            }
        }
    }

    /// <summary>Writes down which pages the memory has, before anybody is told of it.</summary>
    internal void SetHugePages(GuestHugePages got, string? fallback)
    {
        HugePages = got;
        HugePagesFallback = fallback;
    }

    /// <summary>madvise over all of it.</summary>
    /// <returns>0 or the error number.</returns>
    internal int Advise(int advice)
    {
        // SAFETY: the range is the mapping's own, and neither advice that is given changes what is in it.
        unsafe
        {
            return Libc.Advise(Pointer, (nuint)Size, advice) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    protected override bool ReleaseHandle()
    {
        // SAFETY: SafeHandle calls this once, when no add-ref is left, so that nobody reads or writes here
        // any more.
        unsafe
        {
            bool done = Libc.Unmap((void*)handle, reserved) == 0;
            File?.Dispose();
            return done;
        }
    }

    private static MappingHandle Reserve(
        ulong address, ulong size, ulong alignment, SafeFileHandle? owned, bool isGuestMemfd)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        nuint reserved = checked((nuint)(size + (alignment - page) + (2 * page)));

        // SAFETY: a new mapping without access at an address of the kernel's choice touches no memory of
        // ours; the handle made from it owns it and gives it back once, in ReleaseHandle.
        unsafe
        {
            byte* start = (byte*)MapOrThrow(
                null, reserved, Libc.ProtectNone,
                Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve, -1, 0, size);
            byte* first = start + page;
            byte* pointer = first + ((address - (ulong)first) & (alignment - 1));
            return new MappingHandle((nint)start, reserved, pointer, size)
            {
                File = owned,
                IsGuestMemfd = isGuestMemfd,
            };
        }
    }

    private static void* MapOrThrow(
        void* at, nuint length, int protection, int flags, int fd, long offset, ulong size)
    {
        void* mapped = Libc.Map(at, length, protection, flags, fd, (nint)offset);
        if (mapped == Libc.MapFailed)
        {
            string from = fd < 0 ? "" : " from a file";
            KvmException.ThrowForLastError("mmap", null, $"{size:#,0} bytes of guest memory{from}");
        }

        return mapped;
    }
}
