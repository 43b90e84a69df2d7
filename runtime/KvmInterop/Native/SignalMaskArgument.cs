using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The argument of KVM_SET_SIGNAL_MASK: its header, and behind it the kernel's signal set.</summary>
internal static class SignalMaskArgument
{
    internal static int Set(KvmVcpuFd fd, ulong mask)
    {
        HeaderAndSet argument = default;
        argument.Header.len = Signals.KernelSetSize;
        argument.Set = mask;

        // SAFETY: the header lies in a whole argument on this stack, the set directly behind it as its length
        // says, and the call keeps no pointer.
        unsafe
        {
            return fd.SetSignalMask(&argument.Header);
        }
    }

    // The set is an array of bytes in C, so that nothing is left free before it.
    [StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
    private struct HeaderAndSet
    {
        public kvm_signal_mask Header;
        public ulong Set;
    }
}
