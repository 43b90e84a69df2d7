using System.Globalization;

namespace KvmInterop.Native;

/// <summary>What the kernel says about its huge pages, in sentences for people who lack some.</summary>
internal static class HugePages
{
    private const string Transparent = "/sys/kernel/mm/transparent_hugepage/";

    /// <summary>What guest and host addresses are aligned alike to: KVM's large pages need it.</summary>
    private const ulong CommonSize = 2 << 20;

    /// <summary>Whether the value has a name.</summary>
    internal static bool IsDefined(GuestHugePages pages) => pages is GuestHugePages.None
        or GuestHugePages.Transparent or GuestHugePages.Size64KiB or GuestHugePages.Size2MiB
        or GuestHugePages.Size32MiB or GuestHugePages.Size512MiB or GuestHugePages.Size1GiB
        or GuestHugePages.Size16GiB;

    internal static bool IsReserved(GuestHugePages pages) => pages > GuestHugePages.Transparent;

    /// <summary>Bytes of one page of an explicit size.</summary>
    internal static ulong Bytes(GuestHugePages pages) => 1UL << (int)pages;

    /// <summary>
    /// How far guest and host addresses must be congruent so that the host's large pages can be large ones of
    /// the guest as well (KVM maps a page of a size only where both addresses are aligned to it).
    /// </summary>
    internal static ulong AlignmentFor(GuestHugePages pages, ulong size)
    {
        ulong wanted = IsReserved(pages) ? Bytes(pages)
            : pages == GuestHugePages.Transparent ? Math.Max(TransparentSize(), CommonSize)
            : CommonSize;
        return size >= wanted ? wanted : (ulong)Environment.SystemPageSize;
    }

    /// <summary>The reason why the kernel will not join pages, or null.</summary>
    /// <param name="inFile">Memory of a memfd, for which there is a switch of its own.</param>
    internal static string? TransparentRefusal(bool inFile)
    {
        string name = Transparent + (inFile ? "shmem_enabled" : "enabled");
        return Text(name) switch
        {
            null => "this kernel has no transparent huge pages (CONFIG_TRANSPARENT_HUGEPAGE)",
            string set when set.Contains("[never]", StringComparison.Ordinal)
                || set.Contains("[deny]", StringComparison.Ordinal) =>
                $"transparent huge pages are switched off; write {(inFile ? "advise" : "madvise")} to {name}",
            _ => null,
        };
    }

    /// <summary>What is missing, after the kernel refused reserved pages.</summary>
    internal static string Shortage(GuestHugePages pages, ulong size, int errno)
    {
        ulong bytes = Bytes(pages);
        string folder = Folder(bytes);
        if (!Directory.Exists(folder))
        {
            return $"this machine has no huge pages of {Name(bytes)}; "
                + "/sys/kernel/mm/hugepages has those that it has";
        }

        long needed = (long)(size / bytes);
        long free = Number(folder + "free_hugepages") - Number(folder + "resv_hugepages");
        if (free >= needed)
        {
            return $"the kernel refused {needed:#,0} huge pages of {Name(bytes)} with {Errno.Name(errno)} "
                + "though as many are free; a control group's limit (hugetlb) or ulimit -l may forbid them";
        }

        string file = bytes == DefaultSize() ? "/proc/sys/vm/nr_hugepages" : folder + "nr_hugepages";
        return $"{needed:#,0} huge pages of {Name(bytes)} are needed and {free:#,0} are free; "
            + $"raise the number in {file} by {needed - free:#,0}";
    }

    /// <summary><c>2 MiB</c></summary>
    internal static string Name(ulong bytes) =>
        bytes >= 1 << 30 ? $"{bytes >> 30} GiB"
        : bytes >= 1 << 20 ? $"{bytes >> 20} MiB"
        : $"{bytes >> 10} KiB";

    private static string Folder(ulong bytes) => $"/sys/kernel/mm/hugepages/hugepages-{bytes >> 10}kB/";

    private static ulong TransparentSize()
    {
        long bytes = Number(Transparent + "hpage_pmd_size");
        return bytes > 0 && long.IsPow2(bytes) ? (ulong)bytes : CommonSize;
    }

    private static ulong DefaultSize()
    {
        // "Hugepagesize:       2048 kB"
        string? line = Text("/proc/meminfo")?.Split('\n')
            .FirstOrDefault(one => one.StartsWith("Hugepagesize:", StringComparison.Ordinal));
        string? kib = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return ulong.TryParse(kib, CultureInfo.InvariantCulture, out ulong size) ? size << 10 : 0;
    }

    private static long Number(string file) =>
        long.TryParse(Text(file), CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
