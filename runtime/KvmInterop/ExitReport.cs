using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Copies out of an exit, before the view of it ends, what a report about it needs.</summary>
internal static class ExitReport
{
    internal static VcpuStop Of(scoped in VcpuExit exit) => exit.Reason switch
    {
        KvmExitReason.KVM_EXIT_HLT => new VcpuStop.Halted(),
        KvmExitReason.KVM_EXIT_SHUTDOWN => new VcpuStop.ShutDown(),
        _ => WithData(in exit),
    };

    // Apart: a guest that just halts does not load what the others are made of.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VcpuStop WithData(scoped in VcpuExit exit) => exit.Reason switch
    {
        KvmExitReason.KVM_EXIT_FAIL_ENTRY => new VcpuStop.FailEntry(
            exit.FailEntry.hardware_entry_failure_reason, exit.FailEntry.cpu),
        KvmExitReason.KVM_EXIT_INTERNAL_ERROR => InternalError(in exit),
        KvmExitReason.KVM_EXIT_SYSTEM_EVENT => SystemEvent(in exit),
        KvmExitReason.KVM_EXIT_DEBUG when GuestDebugSupport.IsHere =>
            new VcpuStop.Debug(DebugEvent.Of(in exit)),
        KvmExitReason.KVM_EXIT_NOTIFY => new VcpuStop.Notify(exit.Notify.flags),
        KvmExitReason.KVM_EXIT_UNKNOWN => new VcpuStop.UnknownToKvm(exit.Hardware.hardware_exit_reason),
#if KVM_EXIT_MEMORY_FAULT
        KvmExitReason.KVM_EXIT_MEMORY_FAULT => new VcpuStop.MemoryFault(
            exit.MemoryFault.gpa, exit.MemoryFault.size, exit.MemoryFault.flags, exit.Errno),
#endif
        _ => Unhandled(in exit),
    };

    private static VcpuStop.Unhandled Unhandled(scoped in VcpuExit exit) =>
        new(exit.Reason, exit.Describe(), Union(in exit));

    // The members of kvm_run's union all begin where this one does, and end with the last one.
    private static ImmutableArray<ulong> Union(scoped in VcpuExit exit) =>
        [.. MemoryMarshal.Cast<byte, ulong>(exit.Bytes[KvmRunOffsets.hw..KvmRunOffsets.kvm_valid_regs])];

    private static VcpuStop.SystemEvent SystemEvent(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_system_event happened = ref exit.SystemEvent;
#if KVM_CAP_SYSTEM_EVENT_DATA
        ReadOnlySpan<ulong> data = happened.data;
        return new VcpuStop.SystemEvent(
            happened.type, [.. data[..(int)Math.Min(happened.ndata, (uint)data.Length)]]);
#else
        return new VcpuStop.SystemEvent(happened.type, []);
#endif
    }

    private static VcpuStop.InternalError InternalError(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_internal error = ref exit.InternalError;
        ReadOnlySpan<ulong> data = error.data;
        return new VcpuStop.InternalError(
            error.suberror, [.. data[..(int)Math.Min(error.ndata, (uint)data.Length)]], Instruction(in exit));
    }

    // KVM_CAP_EXIT_ON_EMULATION_FAILURE's form of the same data, there since Linux 5.14 and marked by its
    // flags.
    private static ImmutableArray<byte> Instruction(scoped in VcpuExit exit)
    {
#if KVM_CAP_EXIT_ON_EMULATION_FAILURE
        ref readonly kvm_run_emulation_failure failure = ref exit.EmulationFailure;
        if (failure.suberror != KvmApi.KVM_INTERNAL_ERROR_EMULATION
            || failure.ndata == 0
            || (failure.flags & KvmApi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) == 0)
        {
            return [];
        }

        ReadOnlySpan<byte> bytes = failure.insn_bytes;
        return [.. bytes[..Math.Min(failure.insn_size, bytes.Length)]];
#else
        return [];
#endif
    }
}
