using System.Buffers.Text;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>What this process has in memory for itself alone.</summary>
internal static class ProcessMemory
{
    private const double Kibi = 1024;

    // All of smaps, which has some 700 bytes for each mapping. Made once and written to before each look:
    // what looks at memory must not take any.
    private static readonly byte[] Text = new byte[16 << 20];

    private static ReadOnlySpan<byte> PrivateDirty => "Private_Dirty:"u8;

    // The mappings of kvm_run, whose pages are the kernel's.
    private static ReadOnlySpan<byte> KvmRun => "anon_inode:kvm-vcpu"u8;

    /// <summary>
    /// KiB of pages that were written and are shared with nobody (Private_Dirty of proc_pid_smaps(5)), after
    /// everything that is not in use was collected and given back.
    /// </summary>
    public static double Settled()
    {
        Text.AsSpan().Fill(1);
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using FileStream file = new(
            "/proc/self/smaps", new FileStreamOptions { BufferSize = 0, Access = FileAccess.Read });
        int length = file.ReadAtLeast(Text, Text.Length, throwOnEndOfStream: false);
        return length < Text.Length
            ? Sum(Text.AsSpan(0, length))
            : throw new InvalidOperationException("This process has more mappings than can be looked at.");
    }

    /// <summary>KiB of managed objects that are in use.</summary>
    public static double Managed() => GC.GetTotalMemory(forceFullCollection: false) / Kibi;

    private static long Sum(ReadOnlySpan<byte> text)
    {
        long kibibytes = 0;
        bool isKernels = false;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];

            // The line that begins a mapping begins with its address, others with a name in upper case.
            if (line.Length > 0 && !char.IsAsciiLetterUpper((char)line[0]))
            {
                isKernels = line.IndexOf(KvmRun) >= 0;
            }
            else if (!isKernels && line.StartsWith(PrivateDirty)
                && Utf8Parser.TryParse(
                    line[PrivateDirty.Length..].TrimStart((byte)' '), out long number, out _))
            {
                kibibytes += number;
            }
        }

        return kibibytes;
    }
}
