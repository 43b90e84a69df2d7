namespace KvmInterop.Native;

/// <summary>The argument of KVM_SET_SIGNAL_MASK: its header, and behind it the kernel's signal set.</summary>
internal static class SignalMaskArgument
{
    internal static int Set(KvmVcpuFd fd, ulong mask)
    {
        KvmBuffer<kvm_signal_mask, byte> argument = new(Signals.KernelSetSize);
        BitConverter.TryWriteBytes(argument.Entries, mask);
        return fd.SetSignalMask(argument);
    }
}
