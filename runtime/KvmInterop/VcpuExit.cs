using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Why the guest stopped: a view of the vCPU's mapped <c>kvm_run</c>, without a copy.</summary>
/// <remarks>
/// Good until the next KVM_RUN of the same vCPU, on the vCPU's thread. What is written through it (the data
/// of a read) goes to the guest with the next KVM_RUN.
/// </remarks>
public readonly unsafe ref struct VcpuExit
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

    /// <summary>KVM_EXIT_IO: <c>in</c>, <c>out</c> and their string forms on x86.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_io Io =>
        ref Arm<kvm_run_io>(KvmRunOffsets.io, KvmExitReason.KVM_EXIT_IO);

    /// <summary>
    /// The data of KVM_EXIT_IO: <c>count</c> elements of <c>size</c> bytes, all for the same port. Written by
    /// the guest, or to be filled.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    /// <exception cref="InvalidDataException">KVM reports data outside of the mapping.</exception>
    public Span<byte> IoData
    {
        get
        {
            ref readonly kvm_run_io io = ref Io;
            ulong length = (ulong)io.size * io.count;
            if (length > (ulong)runSize || io.data_offset > (ulong)runSize - length)
            {
                ThrowOutside();
            }

            // SAFETY: the mapping belongs to the vCPU's handle, held for as long as the run; offset and
            // length were just checked against its size.
            unsafe
            {
                return new Span<byte>(run + io.data_offset, (int)length);
            }
        }
    }

    /// <summary>KVM_EXIT_MMIO: an access to a guest-physical address that is not memory.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_mmio Mmio =>
        ref Arm<kvm_run_mmio>(KvmRunOffsets.mmio, KvmExitReason.KVM_EXIT_MMIO);

    /// <summary>The 1 to 8 bytes of KVM_EXIT_MMIO: written by the guest, or to be filled.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public Span<byte> MmioData
    {
        get
        {
            ref kvm_run_mmio mmio = ref Arm<kvm_run_mmio>(KvmRunOffsets.mmio, KvmExitReason.KVM_EXIT_MMIO);
            Span<byte> data = mmio.data;
            return data[..(int)Math.Min(mmio.len, (uint)data.Length)];
        }
    }

    /// <summary>KVM_EXIT_UNKNOWN: the processor left the guest for a reason that KVM does not know.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_hw Hardware =>
        ref Arm<kvm_run_hw>(KvmRunOffsets.hw, KvmExitReason.KVM_EXIT_UNKNOWN);

    /// <summary>KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_fail_entry FailEntry =>
        ref Arm<kvm_run_fail_entry>(KvmRunOffsets.fail_entry, KvmExitReason.KVM_EXIT_FAIL_ENTRY);

    /// <summary>KVM_EXIT_INTERNAL_ERROR: KVM could not go on.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_internal InternalError =>
        ref Arm<kvm_run_internal>(KvmRunOffsets.@internal, KvmExitReason.KVM_EXIT_INTERNAL_ERROR);

#if KVM_CAP_EXIT_ON_EMULATION_FAILURE
    /// <summary>
    /// KVM_EXIT_INTERNAL_ERROR once more, as it reads with suberror KVM_INTERNAL_ERROR_EMULATION: the
    /// instruction that KVM could not emulate, if the flags say that its bytes are there.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_emulation_failure EmulationFailure => ref Arm<kvm_run_emulation_failure>(
        KvmRunOffsets.emulation_failure, KvmExitReason.KVM_EXIT_INTERNAL_ERROR);
#endif

    /// <summary>
    /// KVM_EXIT_SYSTEM_EVENT: the guest asked for shutdown, reset or another event of the whole machine.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_system_event SystemEvent =>
        ref Arm<kvm_run_system_event>(KvmRunOffsets.system_event, KvmExitReason.KVM_EXIT_SYSTEM_EVENT);

#if KVM_EXIT_MEMORY_FAULT
    /// <summary>
    /// KVM_EXIT_MEMORY_FAULT: memory that the guest touched cannot be had; <see cref="Errno"/> says why.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_memory_fault MemoryFault =>
        ref Arm<kvm_run_memory_fault>(KvmRunOffsets.memory_fault, KvmExitReason.KVM_EXIT_MEMORY_FAULT);
#endif

    /// <summary>
    /// The whole mapped <c>kvm_run</c>, for what has no member here; each architecture has its own.
    /// </summary>
    /// <remarks>For example <c>MemoryMarshal.AsRef&lt;kvm_run&gt;(exit.Bytes)</c>.</remarks>
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

    /// <summary>The reason's name in the kernel's header, or its number.</summary>
    public override string ToString() => NameOf(Reason);

    internal static string NameOf(KvmExitReason reason) =>
        KvmNames.ExitReason((uint)reason) ?? $"exit reason {(uint)reason}";

    internal static VcpuExit FromRun(VcpuHandle handle) =>
        new(handle.Run, handle.RunSize, RunMemory.ExitReason(handle), 0);

    internal static VcpuExit Interrupted(VcpuHandle handle) =>
        new(handle.Run, handle.RunSize, KvmExitReason.KVM_EXIT_INTR, Native.Errno.EINTR);

#if KVM_EXIT_MEMORY_FAULT
    internal static VcpuExit Faulted(VcpuHandle handle, int errno) =>
        new(handle.Run, handle.RunSize, KvmExitReason.KVM_EXIT_MEMORY_FAULT, errno);
#endif

    [DoesNotReturn]
    private static void ThrowOutside() => throw new InvalidDataException(
        "KVM reported port data outside of the kvm_run mapping, "
        + "against its own document (api.rst, kvm_run.io)");

    // The member of kvm_run's union that goes with one reason.
    private ref T Arm<T>(int offset, KvmExitReason reason)
        where T : unmanaged
    {
        // -1 where the architecture's kvm_run has no such member.
        if (Reason != reason || offset < 0 || offset > runSize - sizeof(T))
        {
            ThrowWrongArm(reason);
        }

        // SAFETY: the mapping belongs to the vCPU's handle, held for as long as the run; the member lies
        // inside of it, as just checked, at an offset that C aligned for it. The kernel writes here only
        // during KVM_RUN.
        unsafe
        {
            return ref Unsafe.AsRef<T>(run + offset);
        }
    }

    [DoesNotReturn]
    private void ThrowWrongArm(KvmExitReason wanted) => throw new InvalidOperationException(
        $"this exit is {NameOf(Reason)}, so kvm_run has nothing of {NameOf(wanted)}");
}
