using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What the three ioctls that give CPUID leaves have in common.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class CpuidCalls
{
    // A processor of today has some 60 leaves; the kernel refuses to give more than 256
    // (KVM_MAX_CPUID_ENTRIES).
    private const int FirstCapacity = 128;
    private const int MostCapacity = 4096;

    internal static KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> Read(
        string operation, KvmFdKind kind, Func<KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2>, int> call)
    {
        for (int capacity = FirstCapacity; ; capacity *= 2)
        {
            KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> entries = new(capacity);
            int result = call(entries);

            // With too little room it is E2BIG, and the count does not say how much would do.
            if (result >= 0 || Marshal.GetLastPInvokeError() != Errno.E2BIG || capacity >= MostCapacity)
            {
                KvmException.ThrowIfError(result, operation, kind);
                return entries;
            }
        }
    }
}
