using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>Says what is reported with KVM_EXIT_DEBUG from now on (KVM_SET_GUEST_DEBUG).</summary>
    /// <param name="debug">Replaces what was set before; <see cref="GuestDebug.Off"/> ends it.</param>
    /// <exception cref="ArgumentException">There are more breakpoints than debug registers, or one has an
    /// address, a length or a kind that the registers cannot have.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">The architecture is neither x86-64 nor
    /// arm64.</exception>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, this KVM lacks a part of it; EBUSY, an
    /// exception is waiting already and none can be injected.</exception>
    public void SetDebug(GuestDebug debug)
    {
        ArgumentNullException.ThrowIfNull(debug);
        switch (KvmHost.Architecture)
        {
            case KvmArchitecture.X64:
                SetX64Debug(debug);
                break;
            case KvmArchitecture.Arm64:
                SetArm64Debug(debug);
                break;
            default:
                throw GuestDebugSupport.MissingHere("KVM_SET_GUEST_DEBUG");
        }
    }

    /// <summary>A walk through the tables that this vCPU uses at this moment.</summary>
    /// <param name="memory">The VM's memory, where the tables are.</param>
    /// <remarks>
    /// The registers that say where the tables are (CR0, CR3, CR4 and EFER; on arm64 SCTLR_EL1, TCR_EL1 and
    /// TTBR0/1_EL1) are read now: after the guest has run, make another.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">The architecture is neither x86-64 nor
    /// arm64.</exception>
    /// <exception cref="KvmException">The registers cannot be read.</exception>
    public GuestPageWalker CreatePageWalker(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        GuestPageWalker? walker = null;
        switch (KvmHost.Architecture)
        {
            case KvmArchitecture.X64:
                CreateX64Walker(memory, ref walker);
                break;
            case KvmArchitecture.Arm64:
                CreateArm64Walker(memory, ref walker);
                break;
        }

        return walker ?? throw GuestDebugSupport.MissingHere("a walk through page tables");
    }

    /// <summary>The virtual address of the next instruction: on x86 the linear one, CS.base + RIP.</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">The architecture is neither x86-64 nor
    /// arm64.</exception>
    /// <exception cref="KvmException">The registers cannot be read.</exception>
    public ulong GetInstructionAddress()
    {
        ulong address = 0;
        switch (KvmHost.Architecture)
        {
            case KvmArchitecture.X64:
                GetX64InstructionAddress(ref address);
                return address;
            case KvmArchitecture.Arm64:
                GetArm64InstructionAddress(ref address);
                return address;
            default:
                throw GuestDebugSupport.MissingHere("an instruction's address");
        }
    }

    /// <summary>Gives the guest its own breakpoint instruction; false where KVM cannot.</summary>
    internal bool TryInjectBreakpoint(GuestDebug settings)
    {
        if (KvmHost.Architecture != KvmArchitecture.X64)
        {
            return false;
        }

        SetDebug(settings with { InjectBreakpoint = true });
        return true;
    }

    /// <summary>Takes back an exception that KVM has for the guest. On x86.</summary>
    internal void DropException()
    {
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            DropX64Exception();
        }
    }

    partial void DropX64Exception();

    partial void GetX64InstructionAddress(ref ulong address);

    partial void GetArm64InstructionAddress(ref ulong address);

    partial void SetX64Debug(GuestDebug debug);

    partial void SetArm64Debug(GuestDebug debug);

    partial void CreateX64Walker(GuestMemory memory, ref GuestPageWalker? walker);

    partial void CreateArm64Walker(GuestMemory memory, ref GuestPageWalker? walker);
}
