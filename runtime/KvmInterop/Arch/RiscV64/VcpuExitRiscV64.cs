namespace KvmInterop.Native.RiscV64;

/// <summary>What an exit has on riscv64 alone.</summary>
public static class VcpuExitRiscV64
{
    extension(VcpuExit exit)
    {
        /// <summary>The whole mapped <c>kvm_run</c>, good as long as the exit.</summary>
        [KvmArchitectures(KvmArchitecture.RiscV64)]
        public ref kvm_run Run
        {
            get
            {
                NeededArchitecture.Check(KvmArchitecture.RiscV64, "struct kvm_run");
                return ref exit.Member<kvm_run>(0);
            }
        }
    }
}
