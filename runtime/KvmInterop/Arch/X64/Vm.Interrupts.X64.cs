using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vm
{
    // Real mode on Intel without "unrestricted guest": three pages (api.rst, KVM_SET_TSS_ADDR).
    private const ulong TssPages = 3;

    /// <summary>
    /// Leaves the local APICs in the kernel and the I/O APIC and the 8259A to the program
    /// (KVM_CAP_SPLIT_IRQCHIP).
    /// </summary>
    /// <remarks>
    /// Before the first vCPU. The program's I/O APIC sends messages: give the GSI of each pin an MSI route
    /// when the guest writes the pin's redirection entry, and signal it by an irqfd or
    /// <see cref="SignalMsi"/>. For a level-triggered pin among the first <paramref name="ioApicPins"/> GSIs,
    /// the guest's end of interrupt is an exit (KVM_EXIT_IOAPIC_EOI) with the vector.
    /// </remarks>
    /// <param name="ioApicPins">How many GSIs, from 0, are pins of the program's I/O APIC.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of pins is negative.</exception>
    /// <exception cref="KvmException">KVM_ENABLE_CAP failed: EEXIST, the VM has a controller or a vCPU
    /// already.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void EnableSplitIrqChip(int ioApicPins = KvmApi.KVM_IOAPIC_NUM_PINS)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_CAP_SPLIT_IRQCHIP");
        ArgumentOutOfRangeException.ThrowIfNegative(ioApicPins);
        EnableCapability(KvmCapability.KVM_CAP_SPLIT_IRQCHIP, (ulong)ioApicPins);
        GsiRouting.Assume([], (uint)ioApicPins);
    }

    /// <summary>
    /// Makes an 8254 timer in the kernel at ports 0x40 to 0x43, which interrupts by GSI 0 (KVM_CREATE_PIT2).
    /// </summary>
    /// <param name="speakerPort">Whether port 0x61 (speaker and timer gate) is the kernel's too
    /// (KVM_PIT_SPEAKER_DUMMY).</param>
    /// <exception cref="InvalidOperationException">The VM has no <see cref="CreateIrqChip"/>: some kernels
    /// accept that and give a timer that never interrupts.</exception>
    /// <exception cref="KvmException">The ioctl failed: EEXIST, there is one already.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void CreatePit(bool speakerPort = true)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_CREATE_PIT2");
        using Held<VmHandle> held = new(handle);
        kvm_irqchip chip = default;
        if (handle.Fd.GetIrqchip(ref chip) < 0 && Marshal.GetLastPInvokeError() == Errno.ENXIO)
        {
            throw new InvalidOperationException(
                "the timer interrupts through the controllers in the kernel, and the VM has none; call "
                + "CreateIrqChip first");
        }

        kvm_pit_config config = new() { flags = speakerPort ? (uint)KvmApi.KVM_PIT_SPEAKER_DUMMY : 0 };
        KvmException.ThrowIfError(handle.Fd.CreatePit2(in config), "KVM_CREATE_PIT2", KvmFdKind.Vm);
    }

    /// <summary>
    /// Sets three pages of guest-physical memory aside, which Intel processors need for real mode
    /// (KVM_SET_TSS_ADDR). AMD ones do not mind.
    /// </summary>
    /// <param name="address">Whole pages below 4 GiB, without memory or devices; 0xfffbd000 is a common
    /// choice.</param>
    /// <exception cref="ArgumentOutOfRangeException">The address is not a page's, or the three pages reach
    /// beyond 4 GiB.</exception>
    /// <exception cref="KvmException">The ioctl failed: EEXIST, there is memory.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetTssAddress(ulong address)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_TSS_ADDR");
        CheckReserved(address, TssPages);
        using Held<VmHandle> held = new(handle);
        if (handle.Fd.SetTssAddr((nuint)address) < 0)
        {
            KvmException.ThrowForLastError("KVM_SET_TSS_ADDR", KvmFdKind.Vm, $"0x{address:x}");
        }
    }

    /// <summary>
    /// Sets one page of guest-physical memory aside, which Intel processors need while the guest has paging
    /// off (KVM_SET_IDENTITY_MAP_ADDR).
    /// </summary>
    /// <param name="address">A whole page below 4 GiB, without memory or devices; KVM's own choice is
    /// 0xfffbc000, and 0 means that.</param>
    /// <remarks>Before the first vCPU.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The address is not a page's, or not below 4
    /// GiB.</exception>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, there is a vCPU already.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetIdentityMapAddress(ulong address)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_IDENTITY_MAP_ADDR");
        CheckReserved(address, 1);
        using Held<VmHandle> held = new(handle);
        if (handle.Fd.SetIdentityMapAddr(in address) < 0)
        {
            KvmException.ThrowForLastError("KVM_SET_IDENTITY_MAP_ADDR", KvmFdKind.Vm, $"0x{address:x}");
        }
    }

    private static void CheckReserved(ulong address, ulong pages)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        if (address % page != 0 || address > (1UL << 32) - (pages * page))
        {
            throw new ArgumentOutOfRangeException(
                nameof(address), $"0x{address:x} is not the start of {pages} whole pages below 4 GiB");
        }
    }
}
