using System.Collections.Immutable;
using System.Globalization;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Why a <see cref="RunLoop"/> came back: a value to switch over, with what a report needs.
/// </summary>
/// <remarks><see cref="ToString"/> gives one sentence for people.</remarks>
public abstract record VcpuStop
{
    private VcpuStop()
    {
    }

    /// <summary>The exit's reason; KVM_EXIT_INTR where the loop was asked to stop.</summary>
    public abstract KvmExitReason ExitReason { get; }

    /// <summary>One sentence.</summary>
    public sealed override string ToString() => Describe();

    private protected abstract string Describe();

    private static string Hex(ulong number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>KVM_EXIT_HLT: the guest has nothing more to do until an interrupt.</summary>
    /// <remarks>
    /// With an interrupt controller in the kernel this does not happen: KVM_RUN waits itself.
    /// </remarks>
    public sealed record Halted : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_HLT;

        private protected override string Describe() => "the guest halted (KVM_EXIT_HLT)";
    }

    /// <summary>KVM_EXIT_SHUTDOWN: on x86 a triple fault, by accident or to reset.</summary>
    public sealed record ShutDown : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_SHUTDOWN;

        private protected override string Describe() =>
            "the guest shut down, on x86 by a triple fault (KVM_EXIT_SHUTDOWN)";
    }

    /// <summary>
    /// KVM_EXIT_SYSTEM_EVENT: the guest asked for an event of the whole machine, or had one.
    /// </summary>
    /// <param name="Type">KVM_SYSTEM_EVENT_SHUTDOWN, KVM_SYSTEM_EVENT_RESET, or another.</param>
    /// <param name="Data">What goes with it, by architecture.</param>
    public sealed record SystemEvent(uint Type, ImmutableArray<ulong> Data) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_SYSTEM_EVENT;

        /// <summary>KVM_SYSTEM_EVENT_SHUTDOWN: the machine is to be switched off.</summary>
        public bool IsShutdown => Type == KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN;

        /// <summary>KVM_SYSTEM_EVENT_RESET: the machine is to be started anew.</summary>
        public bool IsReset => Type == KvmApi.KVM_SYSTEM_EVENT_RESET;

        /// <summary>KVM_SYSTEM_EVENT_CRASH: the guest's kernel says that it cannot go on.</summary>
        public bool IsCrash => Type == KvmApi.KVM_SYSTEM_EVENT_CRASH;

        private protected override string Describe()
        {
            string what = Type switch
            {
                KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN => "asked for shutdown",
                KvmApi.KVM_SYSTEM_EVENT_RESET => "asked for a reset",
                KvmApi.KVM_SYSTEM_EVENT_CRASH => "crashed",
#if KVM_SYSTEM_EVENT_SUSPEND
                KvmApi.KVM_SYSTEM_EVENT_WAKEUP => "was woken",
                KvmApi.KVM_SYSTEM_EVENT_SUSPEND => "asked for suspend",
                KvmApi.KVM_SYSTEM_EVENT_SEV_TERM => "asked to be terminated, under SEV",
#endif
#if KVM_SYSTEM_EVENT_TDX_FATAL
                KvmApi.KVM_SYSTEM_EVENT_TDX_FATAL => "had a fatal error, under TDX",
#endif
                _ => "had an event",
            };
            return $"the guest {what} (KVM_EXIT_SYSTEM_EVENT, type {Type})";
        }
    }

    /// <summary>
    /// KVM_EXIT_NOTIFY: the guest was in one instruction for too long (KVM_CAP_X86_NOTIFY_VMEXIT).
    /// </summary>
    /// <param name="Flags">KVM_NOTIFY_CONTEXT_INVALID or 0.</param>
    public sealed record Notify(uint Flags) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_NOTIFY;

        /// <summary>Whether the vCPU can be run on: its state is still sound.</summary>
        public bool CanGoOn => (Flags & KvmApi.KVM_NOTIFY_CONTEXT_INVALID) == 0;

        private protected override string Describe() =>
            "the guest was in one instruction for too long, "
            + $"{(CanGoOn ? "and can go on" : "and cannot go on")} (KVM_EXIT_NOTIFY)";
    }

    /// <summary>KVM_EXIT_UNKNOWN: the processor left the guest, and KVM does not know why.</summary>
    /// <param name="HardwareReason">The processor's own number.</param>
    public sealed record UnknownToKvm(ulong HardwareReason) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_UNKNOWN;

        private protected override string Describe() =>
            $"the processor left the guest for reason {Hex(HardwareReason)}, which KVM does not know "
            + "(KVM_EXIT_UNKNOWN)";
    }

    /// <summary>KVM_EXIT_FAIL_ENTRY: the processor refused to enter the guest.</summary>
    /// <param name="HardwareReason">The processor's own number: on Intel the VM-entry failure's exit
    /// reason.</param>
    /// <param name="Cpu">The host processor on which it happened.</param>
    public sealed record FailEntry(ulong HardwareReason, uint Cpu) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_FAIL_ENTRY;

        private protected override string Describe() =>
            $"the processor refused to enter the guest, hardware reason {Hex(HardwareReason)} on CPU {Cpu} "
            + "(KVM_EXIT_FAIL_ENTRY)";
    }

    /// <summary>KVM_EXIT_INTERNAL_ERROR: KVM could not go on.</summary>
    /// <param name="SubError">KVM_INTERNAL_ERROR_EMULATION or another.</param>
    /// <param name="Data">What KVM says about it, for people who read its source.</param>
    /// <param name="Instruction">The bytes at the instruction pointer that it could not emulate, if it gave
    /// them.</param>
    public sealed record InternalError(
        uint SubError, ImmutableArray<ulong> Data, ImmutableArray<byte> Instruction) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_INTERNAL_ERROR;

        private protected override string Describe()
        {
            string cause = SubError switch
            {
                KvmApi.KVM_INTERNAL_ERROR_EMULATION => "it could not emulate an instruction",
                KvmApi.KVM_INTERNAL_ERROR_SIMUL_EX => "two exceptions came at once",
                KvmApi.KVM_INTERNAL_ERROR_DELIVERY_EV => "it could not deliver an event",
                KvmApi.KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON =>
                    "the processor gave an exit it does not know",
                _ => "the cause is the suberror",
            };
            string bytes = Instruction.IsDefaultOrEmpty
                ? ""
                : $", instruction bytes {string.Join(' ', Instruction.Select(b => b.ToString("x2", null)))}";
            return $"KVM could not go on: {cause}{bytes} (KVM_EXIT_INTERNAL_ERROR, suberror {SubError})";
        }
    }

#if KVM_EXIT_MEMORY_FAULT
    /// <summary>KVM_EXIT_MEMORY_FAULT: memory that the guest touched cannot be had.</summary>
    /// <param name="Address">Guest-physical.</param>
    /// <param name="Size">Bytes.</param>
    /// <param name="Flags">KVM_MEMORY_EXIT_FLAG_PRIVATE or others.</param>
    /// <param name="Errno">With which KVM_RUN returned: EFAULT or EHWPOISON.</param>
    public sealed record MemoryFault(ulong Address, ulong Size, ulong Flags, int Errno) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_MEMORY_FAULT;

        private protected override string Describe() =>
            $"{Size} bytes of guest memory at {Hex(Address)} cannot be had, flags {Hex(Flags)}, "
            + $"{Native.Errno.Name(Errno)} (KVM_EXIT_MEMORY_FAULT)";
    }
#endif

    /// <summary>
    /// KVM_EXIT_DEBUG: a step, a breakpoint or a watchpoint that <see cref="Vcpu.SetDebug"/> asked for.
    /// </summary>
    /// <param name="Event">Which of them, and where.</param>
    public sealed record Debug(DebugEvent Event) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_DEBUG;

        private protected override string Describe() => $"the guest came to {Event} (KVM_EXIT_DEBUG)";
    }

    /// <summary>
    /// <see cref="RunLoop.Stop()"/>, a cancelled token, or the vCPU's Dispose. Nothing is left half-way: the
    /// guest can go on with the next run, and its state can be read or saved.
    /// </summary>
    public sealed record Requested : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_INTR;

        private protected override string Describe() => "the run was asked to stop";
    }

    /// <summary>
    /// A device, or another part of the program, ended the run for a reason of its own, by
    /// <see cref="RunLoop.Stop(object)"/> or <see cref="VcpuGroup.Stop(object)"/>: the guest has switched its
    /// machine off, wants a reset, has panicked. Nothing is left half-way, as with <see cref="Requested"/>.
    /// </summary>
    /// <param name="Reason">What was given, to be switched over; what it is as text belongs in a sentence.</param>
    public sealed record ByDevice(object Reason) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason => KvmExitReason.KVM_EXIT_INTR;

        private protected override string Describe() => $"a device ended the run: {Reason}";
    }

    /// <summary>A handler said so. Nothing is left half-way, as with <see cref="Requested"/>.</summary>
    /// <param name="ExitReason">The exit that it handled.</param>
    public sealed record ByHandler(KvmExitReason ExitReason) : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason { get; } = ExitReason;

        private protected override string Describe() =>
            $"the handler of {VcpuExit.NameOf(ExitReason)} stopped the run";
    }

    /// <summary>An exit for which there is no handler.</summary>
    /// <remarks>
    /// If it asks for an answer, the guest gets what is in kvm_run without one, as soon as the vCPU is run on
    /// or its state looked at.
    /// </remarks>
    /// <param name="ExitReason">Its reason; one that this library does not know is its number.</param>
    /// <param name="Detail">What it says, in words: <see cref="VcpuExit.Describe"/>.</param>
    /// <param name="Data">A copy of all that kvm_run says about it, which is its union.</param>
    public sealed record Unhandled(KvmExitReason ExitReason, string Detail, ImmutableArray<ulong> Data)
        : VcpuStop
    {
        /// <inheritdoc/>
        public override KvmExitReason ExitReason { get; } = ExitReason;

        private protected override string Describe() => $"nothing handles {Detail}";
    }
}
