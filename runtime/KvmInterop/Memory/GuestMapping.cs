using System.Runtime.InteropServices;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

/// <summary>Makes the mapping that a region's options ask for, and undoes what was made half-way.</summary>
internal static partial class GuestMapping
{
    /// <summary>A mapping for a region whose range is checked.</summary>
    internal static MappingHandle Create(
        ulong address, ulong size, GuestMemoryOptions options, VmHandle? vm)
    {
        CheckOptions(address, size, options);
        MappingHandle mapping = Map(address, size, options, vm);
        try
        {
            if (mapping.HugePages != options.HugePages)
            {
                AdviseTransparent(mapping, options.Backing.Storage);
            }

            if (options.RequireHugePages && mapping.HugePages != options.HugePages)
            {
                throw new InvalidOperationException(
                    $"the region has no huge pages, which its options require: {mapping.HugePagesFallback}");
            }

            if (options.Populate)
            {
                Populate(mapping, options.Backing.Storage == GuestMemoryBacking.Kind.PrivateFile);
            }

            return mapping;
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    private static MappingHandle Map(ulong address, ulong size, GuestMemoryOptions options, VmHandle? vm)
    {
        GuestMemoryBacking backing = options.Backing;
        ulong alignment = HugePages.AlignmentFor(options.HugePages, size);
        if (backing.Storage is GuestMemoryBacking.Kind.PrivateFile or GuestMemoryBacking.Kind.SharedFile)
        {
            return MapFile(address, size, alignment, backing);
        }

        if (backing.Storage == GuestMemoryBacking.Kind.GuestMemfd)
        {
            return MapGuestMemfd(address, size, alignment, vm);
        }

        bool keepFile = backing.Storage == GuestMemoryBacking.Kind.NewMemfd;
        string? fallback = null;
        if (HugePages.IsReserved(options.HugePages))
        {
            // Anonymous ones come from a memfd too: its pages are reserved with the first mapping, once.
            MappingHandle? huge = TryMapReserved(address, size, options.HugePages, keepFile, out fallback);
            if (huge is not null || options.RequireHugePages)
            {
                return huge ?? throw new KvmException("mmap(MAP_HUGETLB)", Errno.ENOMEM, null, fallback);
            }
        }

        MappingHandle mapping = keepFile
            ? MapMemfd(address, size, alignment, CreateMemfd(size, 0), keep: true)
            : MappingHandle.Anonymous(address, size, alignment);
        mapping.SetHugePages(GuestHugePages.None, fallback);
        return mapping;
    }

    private static MappingHandle? TryMapReserved(
        ulong address, ulong size, GuestHugePages pages, bool keepFile, out string? fallback)
    {
        try
        {
            uint flags = Libc.MemfdHugePages | ((uint)pages << Libc.MemfdHugePagesShift);
            MappingHandle mapping =
                MapMemfd(address, size, HugePages.Bytes(pages), CreateMemfd(size, flags), keepFile);
            try
            {
                // A control group may still refuse reserved pages at the first touch, which is then the end
                // of the process (SIGBUS). Here a refusal is an error number.
                Populate(mapping, forReading: false);
                mapping.SetHugePages(pages, null);
                fallback = null;
                return mapping;
            }
            catch
            {
                mapping.Dispose();
                throw;
            }
        }
        catch (KvmException e)
        {
            fallback = HugePages.Shortage(pages, size, e.Errno);
            return null;
        }
    }

    private static SafeFileHandle CreateMemfd(ulong size, uint flags)
    {
        int fd = Libc.CreateMemfd(
            "guest memory", Libc.MemfdCloseOnExec | Libc.MemfdAllowSealing | flags);
        if (fd < 0)
        {
            KvmException.ThrowForLastError("memfd_create", null);
        }

        SafeFileHandle file = new(fd, ownsHandle: true);
        if (Libc.SetFileSize(fd, (long)size) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw new KvmException("ftruncate", error, null, $"{size:#,0} bytes of guest memory");
        }

        if (Libc.FileControl(fd, Libc.AddSeals, Libc.SealShrink | Libc.SealGrow | Libc.SealSeal) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw new KvmException("fcntl", error, null, "F_ADD_SEALS on a memfd");
        }

        return file;
    }

    // Takes the file over.
    private static MappingHandle MapMemfd(
        ulong address, ulong size, ulong alignment, SafeFileHandle file, bool keep)
    {
        MappingHandle? mapping = null;
        try
        {
            mapping = MappingHandle.OfFile(
                address, size, alignment, file, 0, Libc.MapShared, keep ? file : null);
            return mapping;
        }
        finally
        {
            if (mapping is null || !keep)
            {
                file.Dispose();
            }
        }
    }

    private static MappingHandle MapFile(
        ulong address, ulong size, ulong alignment, GuestMemoryBacking backing)
    {
        bool isShared = backing.Storage == GuestMemoryBacking.Kind.SharedFile;
        SafeFileHandle file = backing.File ?? File.OpenHandle(
            backing.Path!, FileMode.Open, isShared ? FileAccess.ReadWrite : FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete);
        try
        {
            CheckFile(file, size, backing);
            return MappingHandle.OfFile(
                address, size, alignment, file, backing.Offset,
                isShared ? Libc.MapShared : Libc.MapPrivate | Libc.MapNoReserve);
        }
        finally
        {
            if (backing.File is null)
            {
                file.Dispose();
            }
        }
    }

    private static void CheckFile(SafeFileHandle file, ulong size, GuestMemoryBacking backing)
    {
        if (LengthOf(file) is not long length)
        {
            throw new ArgumentException($"{backing} is no regular file, and cannot be guest memory");
        }

        // Beyond the last page of a file a touch is the end of the process (SIGBUS).
        if ((ulong)length < (ulong)backing.Offset || (ulong)length - (ulong)backing.Offset < size)
        {
            throw new ArgumentException(
                $"{backing} has {length:#,0} bytes, too few for {size:#,0} bytes of guest memory from offset "
                + $"{backing.Offset:#,0}; make it longer or the region smaller");
        }
    }

    // Null for what has no length: a pipe, a socket, a terminal.
    private static long? LengthOf(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private static void CheckOptions(ulong address, ulong size, GuestMemoryOptions options)
    {
        long offset = options.Backing.Offset;
        int page = Environment.SystemPageSize;
        if (offset % page != 0)
        {
            throw new ArgumentException(
                $"guest memory begins at a multiple of {page} in its file, not at offset {offset:#,0}",
                nameof(options));
        }

        if (options.IsReadOnly && options.Backing.Storage == GuestMemoryBacking.Kind.GuestMemfd)
        {
            throw new ArgumentException(
                "guest_memfd cannot be read-only for the guest; take another backing", nameof(options));
        }

        if (!HugePages.IsDefined(options.HugePages))
        {
            throw new ArgumentException(
                $"{(int)options.HugePages} is no size of huge pages; take a value that has a name",
                nameof(options));
        }

        if (HugePages.IsReserved(options.HugePages))
        {
            ulong bytes = HugePages.Bytes(options.HugePages);
            if (size % bytes != 0 || address % bytes != 0)
            {
                throw new ArgumentException(
                    $"address 0x{address:x} and size 0x{size:x} must be multiples of {HugePages.Name(bytes)} "
                    + "for huge pages of that size",
                    nameof(options));
            }
        }
    }

    private static void AdviseTransparent(MappingHandle mapping, GuestMemoryBacking.Kind storage)
    {
        string? refusal = storage switch
        {
            GuestMemoryBacking.Kind.Anonymous or GuestMemoryBacking.Kind.NewMemfd =>
                HugePages.TransparentRefusal(inFile: storage == GuestMemoryBacking.Kind.NewMemfd),
            GuestMemoryBacking.Kind.GuestMemfd => "guest_memfd has base pages",
            _ => "a file has the pages of its file system",
        };
        if (refusal is null && mapping.Advise(Libc.AdviseHugePages) is int error and not 0)
        {
            refusal = $"the kernel refused transparent huge pages with {Errno.Name(error)}";
        }

        string? first = mapping.HugePagesFallback;
        mapping.SetHugePages(
            refusal is null ? GuestHugePages.Transparent : GuestHugePages.None,
            first is null || refusal is null ? first ?? refusal : $"{first}; and {refusal}");
    }

    private static void Populate(MappingHandle mapping, bool forReading)
    {
        int error = mapping.Advise(forReading ? Libc.AdvisePopulateRead : Libc.AdvisePopulateWrite);
        if (error != 0)
        {
            throw new KvmException(
                "madvise", error, null, $"MADV_POPULATE of {mapping.Size:#,0} bytes of guest memory");
        }
    }
}
