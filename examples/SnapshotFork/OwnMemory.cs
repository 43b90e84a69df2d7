using System.Globalization;

namespace KvmInterop.Examples.SnapshotFork;

/// <summary>What of mapped files this process has copied, as the kernel counts it (proc(5), smaps).</summary>
internal static class OwnMemory
{
    /// <summary>Bytes of the pages that were written to in private mappings of a folder's files.</summary>
    public static long OfMappings(string folder)
    {
        long kibibytes = 0;
        bool isOurs = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            // "7f12a0000000-7f12a4000000 rw-p 00000000 fe:00 1234    /tmp/..." begins a mapping; what follows
            // are its numbers, as "Private_Dirty:        12 kB".
            if (line.Length > 0 && !char.IsUpper(line[0]))
            {
                isOurs = line.Contains(folder, StringComparison.Ordinal);
            }
            else if (isOurs && line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                kibibytes += long.Parse(words[1], CultureInfo.InvariantCulture);
            }
        }

        return kibibytes << 10;
    }
}
