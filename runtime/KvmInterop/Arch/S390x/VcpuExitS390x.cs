namespace KvmInterop.Native.S390x;

/// <summary>What an exit has on s390x alone.</summary>
public static class VcpuExitS390x
{
    extension(VcpuExit exit)
    {
        /// <summary>The whole mapped <c>kvm_run</c>, good as long as the exit.</summary>
        [KvmArchitectures(KvmArchitecture.S390x)]
        public ref kvm_run Run
        {
            get
            {
                NeededArchitecture.Check(KvmArchitecture.S390x, "struct kvm_run");
                return ref exit.Member<kvm_run>(0);
            }
        }

        /// <summary>KVM_EXIT_DEBUG: a breakpoint or a single step (KVM_SET_GUEST_DEBUG).</summary>
        /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
        [KvmArchitectures(KvmArchitecture.S390x)]
        public ref readonly kvm_debug_exit_arch Debug
        {
            get
            {
                NeededArchitecture.Check(KvmArchitecture.S390x, "kvm_run.debug");
                return ref exit.Arm<kvm_run_debug>(KvmRunOffsets.debug, KvmExitReason.KVM_EXIT_DEBUG).arch;
            }
        }
    }
}
