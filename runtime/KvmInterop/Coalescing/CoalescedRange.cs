using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A range whose writes KVM keeps back; made by <see cref="Vm.Coalesce"/>.</summary>
/// <remarks>All members may be called from any thread, also while vCPUs run.</remarks>
[KvmArchitectures(Architectures)]
public sealed class CoalescedRange : IDisposable
{
    // Of those that this library is for; s390x has neither ports nor MMIO exits.
    internal const KvmArchitecture Architectures =
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64;

    private readonly VmHandle vm;
    private readonly CoalescedWrites writes;
    private int disposed;

    internal CoalescedRange(VmHandle vm, CoalescedWrites writes, BusRange range)
    {
        this.vm = vm;
        this.writes = writes;
        Range = range;
    }

    /// <summary>The range.</summary>
    public BusRange Range { get; }

    /// <summary>
    /// Ends it (KVM_UNREGISTER_COALESCED_MMIO): the next write is an exit again. Those in the ring are
    /// delivered with the next exit. Does nothing where the VM is closed already.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0 || !vm.TryAddReference())
        {
            return;
        }

        try
        {
            kvm_coalesced_mmio_zone zone = ZoneOf(Range);
            KvmException.ThrowIfError(
                vm.Fd.UnregisterCoalescedMmio(in zone), "KVM_UNREGISTER_COALESCED_MMIO", KvmFdKind.Vm);
            writes.Remove(Range);
        }
        finally
        {
            vm.DangerousRelease();
        }
    }

    internal static kvm_coalesced_mmio_zone ZoneOf(BusRange range)
    {
        kvm_coalesced_mmio_zone zone = default;
        zone.addr = range.Start;
        zone.size = (uint)range.Size;
        zone.pio = range.Bus is PioBus ? 1u : 0;
        return zone;
    }
}
