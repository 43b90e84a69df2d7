using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Kvm
{
    // A processor of today has some 60 leaves; the kernel refuses to give more than 256
    // (KVM_MAX_CPUID_ENTRIES).
    private const int FirstCpuidCapacity = 128;
    private const int MostCpuidCapacity = 4096;

    /// <summary>
    /// The CPUID leaves that this host and its KVM can offer to a guest (KVM_GET_SUPPORTED_CPUID).
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> GetSupportedCpuid()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_SUPPORTED_CPUID");
        using Held<KvmHandle> held = new(handle);
        for (int capacity = FirstCpuidCapacity; ; capacity *= 2)
        {
            KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> entries = new(capacity);
            int result = handle.Fd.GetSupportedCpuid(entries);

            // With too little room it is E2BIG, and the count does not say how much would do.
            if (result >= 0 || Marshal.GetLastPInvokeError() != Errno.E2BIG || capacity >= MostCpuidCapacity)
            {
                KvmException.ThrowIfError(result, "KVM_GET_SUPPORTED_CPUID", KvmFdKind.System);
                return entries;
            }
        }
    }
}
