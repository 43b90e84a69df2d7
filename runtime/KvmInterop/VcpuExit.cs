using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Why the guest stopped: a view of the vCPU's mapped <c>kvm_run</c>, without a copy.</summary>
/// <remarks>
/// <para>Good until the next KVM_RUN of the same vCPU, on the vCPU's thread. What is written through it (the
/// data of a read, the answer to a call) goes to the guest with the next KVM_RUN.</para>
/// <para>Each exit reason has a member named after its part of <c>kvm_run</c>, which refuses exits of other
/// reasons. These reasons say all by themselves: KVM_EXIT_HLT, KVM_EXIT_INTR, KVM_EXIT_SHUTDOWN,
/// KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_NMI, KVM_EXIT_WATCHDOG, KVM_EXIT_DIRTY_RING_FULL,
/// KVM_EXIT_AP_RESET_HOLD, and, with what stands before the union (<c>cr8</c>, <c>flags</c>),
/// KVM_EXIT_SET_TPR and KVM_EXIT_X86_BUS_LOCK.</para>
/// <para>What differs between architectures (<c>Debug</c>, <c>Run</c>, <c>SyncRegisters</c>) are extension
/// members in their namespaces: <c>using KvmInterop.Native.X64</c>.</para>
/// </remarks>
public readonly unsafe ref partial struct VcpuExit
{
    // Owned by the vCPU's handle, to which the run in progress holds a reference.
    private readonly byte* run;
    private readonly int runSize;

    internal VcpuExit(byte* run, int runSize, KvmExitReason reason, int errno)
    {
        this.run = run;
        this.runSize = runSize;
        Reason = reason;
        Errno = errno;
    }

    /// <summary>The exit's reason. One that this library does not know is its number.</summary>
    /// <remarks>
    /// KVM_EXIT_INTR for every interruption: the kernel leaves the reason of an earlier exit standing when
    /// KVM_RUN is refused at its start, and that must not be taken for a new one.
    /// </remarks>
    public KvmExitReason Reason { get; }

    /// <summary>
    /// 0, or the error number with which KVM_RUN returned: EINTR, or a memory fault's EFAULT or EHWPOISON.
    /// </summary>
    public int Errno { get; }

    /// <summary>
    /// The guest did not ask for anything: the vCPU was kicked, or a signal of somebody else came.
    /// </summary>
    public bool IsInterrupted => Reason == KvmExitReason.KVM_EXIT_INTR;

    /// <summary>
    /// <c>kvm_run.flags</c>: what holds during any exit, by architecture (KVM_RUN_X86_SMM and others).
    /// </summary>
    public ushort Flags => Unsafe.As<byte, ushort>(ref Bytes[KvmRunOffsets.flags]);

    /// <summary>
    /// The whole mapped <c>kvm_run</c>; each architecture has its own, and a typed member <c>Run</c> for it.
    /// </summary>
    public Span<byte> Bytes
    {
        get
        {
            // SAFETY: the mapping belongs to the vCPU's handle, held for as long as the run; this is its
            // size.
            unsafe
            {
                return new Span<byte>(run, runSize);
            }
        }
    }

    internal static VcpuExit FromRun(VcpuHandle handle, KvmExitReason reason) =>
        new(handle.Run, handle.RunSize, reason, 0);

    internal static VcpuExit Interrupted(VcpuHandle handle) =>
        new(handle.Run, handle.RunSize, KvmExitReason.KVM_EXIT_INTR, Native.Errno.EINTR);

#if KVM_EXIT_MEMORY_FAULT
    internal static VcpuExit Faulted(VcpuHandle handle, int errno) =>
        new(handle.Run, handle.RunSize, KvmExitReason.KVM_EXIT_MEMORY_FAULT, errno);
#endif

    /// <summary>The member of kvm_run's union that goes with one reason.</summary>
    internal ref T Arm<T>(int offset, KvmExitReason reason)
        where T : unmanaged
    {
        if (Reason != reason)
        {
            ThrowWrongArm(reason);
        }

        return ref Member<T>(offset);
    }

    /// <summary>A member of kvm_run, whatever the reason.</summary>
    internal ref T Member<T>(int offset)
        where T : unmanaged
    {
        // -1 where the architecture's kvm_run has no such member.
        if (offset < 0 || offset > runSize - sizeof(T))
        {
            ThrowNoMember();
        }

        // SAFETY: the mapping belongs to the vCPU's handle, held for as long as the run; the member lies
        // inside of it, as just checked, at an offset that C aligned for it. The kernel writes here only
        // during KVM_RUN.
        unsafe
        {
            return ref Unsafe.AsRef<T>(run + offset);
        }
    }

    // The same where two reasons share a member.
    private ref T Arm<T>(int offset, KvmExitReason first, KvmExitReason second)
        where T : unmanaged => ref Arm<T>(offset, Reason == second ? second : first);

    // 1 to 8 bytes of a member with data[8] and len.
    private static Span<byte> FirstOf(Span<byte> data, uint length) =>
        data[..(int)Math.Min(length, (uint)data.Length)];

    [DoesNotReturn]
    private static void ThrowNoMember() => throw new InvalidOperationException(
        "this architecture's kvm_run has no such member");

    [DoesNotReturn]
    private void ThrowWrongArm(KvmExitReason wanted) => throw new InvalidOperationException(
        $"this exit is {NameOf(Reason)}, so kvm_run has nothing of {NameOf(wanted)}");
}
