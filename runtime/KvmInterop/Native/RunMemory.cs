namespace KvmInterop.Native;

/// <summary>
/// The members of a mapped <c>kvm_run</c> that this library itself reads and writes between exits.
/// </summary>
/// <remarks>
/// Found by offset and not by structure, because each architecture has a <c>kvm_run</c> of its own.
/// </remarks>
internal static unsafe class RunMemory
{
    /// <summary>Written by any thread, read by the kernel as KVM_RUN begins.</summary>
    internal static void SetImmediateExit(VcpuHandle handle, byte value)
    {
        // SAFETY: the caller holds a reference to the handle, which owns the mapping; the member lies in its
        // first page.
        unsafe
        {
            Volatile.Write(ref handle.Run[KvmRunOffsets.immediate_exit], value);
        }
    }

    /// <summary>The whole structure, typed for the architecture that the caller has checked.</summary>
    internal static ref T Of<T>(VcpuHandle handle)
        where T : unmanaged
    {
        // SAFETY: as above; the kernel maps at least sizeof(struct kvm_run), and the check stands for a
        // header newer than the kernel.
        unsafe
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeof(T), handle.RunSize);
            return ref *(T*)handle.Run;
        }
    }

    /// <summary>Whether registers changed in <c>kvm_run</c> wait for the next KVM_RUN to take them.</summary>
    internal static bool HasDirtyRegisters(VcpuHandle handle)
    {
        // SAFETY: as above; aligned as C aligns it.
        unsafe
        {
            return *(ulong*)(handle.Run + KvmRunOffsets.kvm_dirty_regs) != 0;
        }
    }

    internal static KvmExitReason ExitReason(VcpuHandle handle)
    {
        // SAFETY: as above; KVM aligns the structure to a page, and so the member to its size.
        unsafe
        {
            return *(KvmExitReason*)(handle.Run + KvmRunOffsets.exit_reason);
        }
    }

#if KVM_EXIT_MEMORY_FAULT
    /// <summary>
    /// Whether KVM_RUN, which failed, left KVM_EXIT_MEMORY_FAULT; if so takes the reason away, because the
    /// next failure may leave it as it stands (with any other error the reason is the one of an earlier
    /// exit).
    /// </summary>
    internal static bool TakeMemoryFault(VcpuHandle handle)
    {
        if (ExitReason(handle) != KvmExitReason.KVM_EXIT_MEMORY_FAULT)
        {
            return false;
        }

        // SAFETY: as above. Not done for other reasons: arm64 and riscv64 look at it to finish an MMIO read.
        unsafe
        {
            *(KvmExitReason*)(handle.Run + KvmRunOffsets.exit_reason) = KvmExitReason.KVM_EXIT_UNKNOWN;
        }

        return true;
    }
#endif
}
