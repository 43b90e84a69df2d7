using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Lists of MSRs of any length, in calls that the kernel takes.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class MsrCalls
{
    // The kernel refuses 256 registers and more in one call (MAX_IO_MSRS in arch/x86/kvm/x86.c).
    private const int MostAtOnce = 255;

    /// <summary>One call: how many entries were done, or -1.</summary>
    internal delegate int Call(KvmBuffer<kvm_msrs, kvm_msr_entry> entries);

    /// <summary>
    /// Reads into the entries, or sets from them, and calls <paramref name="refused"/> with the position of
    /// each that the kernel does not take; then goes on behind it.
    /// </summary>
    internal static void ForAll(
        string operation, KvmFdKind kind, Call call, Span<kvm_msr_entry> entries, Action<int> refused)
    {
        for (int start = 0; start < entries.Length;)
        {
            Span<kvm_msr_entry> part = entries[start..Math.Min(entries.Length, start + MostAtOnce)];
            KvmBuffer<kvm_msrs, kvm_msr_entry> buffer = new(part.Length);
            part.CopyTo(buffer.Entries);
            int done = KvmException.ThrowIfError(call(buffer), operation, kind, $"{part.Length} registers");
            buffer.AllEntries[..done].CopyTo(part);
            start += done;
            if (done < part.Length)
            {
                refused(start++);
            }
        }
    }

    /// <summary>A list of indices, whose length the kernel tells when there is too little room.</summary>
    internal static uint[] Indices(string operation, Func<KvmBuffer<kvm_msr_list, uint>, int> call)
    {
        for (int capacity = MostAtOnce; ;)
        {
            KvmBuffer<kvm_msr_list, uint> list = new(capacity);
            int result = call(list);
            if (result < 0 && Marshal.GetLastPInvokeError() == Errno.E2BIG && list.Count > capacity)
            {
                capacity = list.Count;
                continue;
            }

            KvmException.ThrowIfError(result, operation, KvmFdKind.System);
            return list.Entries.ToArray();
        }
    }
}
