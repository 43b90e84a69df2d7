namespace KvmInterop.Native.X64;

/// <summary>What an exit has on x86-64 alone.</summary>
public static class VcpuExitX64
{
    extension(VcpuExit exit)
    {
        /// <summary>The whole mapped <c>kvm_run</c>, good as long as the exit.</summary>
        [KvmArchitectures(KvmArchitecture.X64)]
        public ref kvm_run Run
        {
            get
            {
                NeededArchitecture.Check(KvmArchitecture.X64, "struct kvm_run");
                return ref exit.Member<kvm_run>(0);
            }
        }

        /// <summary>KVM_EXIT_DEBUG: a breakpoint or a single step (KVM_SET_GUEST_DEBUG).</summary>
        /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
        [KvmArchitectures(KvmArchitecture.X64)]
        public ref readonly kvm_debug_exit_arch Debug
        {
            get
            {
                NeededArchitecture.Check(KvmArchitecture.X64, "kvm_run.debug");
                return ref exit.Arm<kvm_run_debug>(KvmRunOffsets.debug, KvmExitReason.KVM_EXIT_DEBUG).arch;
            }
        }

        /// <summary>The guest is in system management mode (KVM_RUN_X86_SMM).</summary>
        [KvmArchitectures(KvmArchitecture.X64)]
        public bool IsInSystemManagementMode => (exit.Run.flags & KvmApi.KVM_RUN_X86_SMM) != 0;

        /// <summary>
        /// The guest locked the bus: by itself with KVM_EXIT_X86_BUS_LOCK, or at the same time as something
        /// else (KVM_RUN_X86_BUS_LOCK).
        /// </summary>
        [KvmArchitectures(KvmArchitecture.X64)]
        public bool IsBusLock => (exit.Run.flags & KvmApi.KVM_RUN_X86_BUS_LOCK) != 0;

#if KVM_RUN_X86_GUEST_MODE
        /// <summary>A guest of the guest was running (KVM_RUN_X86_GUEST_MODE).</summary>
        [KvmArchitectures(KvmArchitecture.X64)]
        public bool IsInGuestMode => (exit.Run.flags & KvmApi.KVM_RUN_X86_GUEST_MODE) != 0;
#endif

        /// <summary>
        /// The registers that <see cref="Vcpu.SyncRegisters"/> asked for, as they are at this exit, without
        /// an ioctl.
        /// </summary>
        /// <remarks>
        /// What is changed here goes to the guest with the next KVM_RUN, if the bit of its class
        /// (KVM_SYNC_X86_REGS and others) is set in <c>Run.kvm_dirty_regs</c>. During an access that KVM_RUN
        /// has yet to finish, they are those before or in the middle of the instruction.
        /// </remarks>
        [KvmArchitectures(KvmArchitecture.X64)]
        public ref kvm_sync_regs SyncRegisters => ref exit.Run.s.regs;
    }
}
