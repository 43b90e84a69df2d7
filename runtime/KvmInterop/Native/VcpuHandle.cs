using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>A vCPU's file and its mapped <c>kvm_run</c>, with a reference to the VM.</summary>
internal sealed unsafe class VcpuHandle : SafeHandle
{
    private readonly VmHandle vm;

    private VcpuHandle(VmHandle vm, int fd, byte* run, int runSize)
        : base(-1, ownsHandle: true)
    {
        this.vm = vm;
        Run = run;
        RunSize = runSize;
        SetHandle(fd);
    }

    public override bool IsInvalid => handle < 0;

    internal KvmVcpuFd Fd => new((int)handle);

    /// <summary>The VM. Only to be used between an add-ref and its release.</summary>
    internal VmHandle Vm => vm;

    /// <summary>The shared <c>kvm_run</c>. Only to be used between an add-ref and its release.</summary>
    internal byte* Run { get; }

    /// <summary>Bytes mapped: KVM_GET_VCPU_MMAP_SIZE, more than <c>sizeof(struct kvm_run)</c>.</summary>
    internal int RunSize { get; }

    /// <summary>Creates the vCPU and maps its <c>kvm_run</c>.</summary>
    internal static VcpuHandle Create(VmHandle vm, uint id, int runSize)
    {
        bool held = false;
        int fd = -1;
        VcpuHandle? handle = null;
        try
        {
            vm.DangerousAddRef(ref held);
            fd = KvmException.ThrowIfError(
                vm.Fd.CreateVcpu(id), "KVM_CREATE_VCPU", KvmFdKind.Vm, $"id {id}");

            vm.HasVcpus = true;
            vm.DirtyRings?.Map(fd, id);

            // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours. The
            // handle owns it and gives it back once, in ReleaseHandle; RunSize bounds every access to it.
            void* run = Libc.Map(
                null, (nuint)runSize, Libc.ProtectRead | Libc.ProtectWrite, Libc.MapShared, fd, 0);
            if (run == Libc.MapFailed)
            {
                KvmException.ThrowForLastError("mmap", KvmFdKind.Vcpu, $"kvm_run of vCPU {id}");
            }

            handle = new VcpuHandle(vm, fd, (byte*)run, runSize);
            return handle;
        }
        finally
        {
            if (handle is null)
            {
                if (fd >= 0)
                {
                    _ = Libc.Close(fd);
                }

                if (held)
                {
                    vm.DangerousRelease();
                }
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        // SAFETY: SafeHandle calls this once, when no add-ref is left: no thread reads or writes kvm_run any
        // more. The mapping refers to the file, and the file to the VM, hence the order.
        bool ok = Libc.Unmap(Run, (nuint)RunSize) == 0;
        ok &= Libc.Close((int)handle) == 0;
        vm.DangerousRelease();
        return ok;
    }
}
