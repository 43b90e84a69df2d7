using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>
    /// Has KVM keep back the guest's writes to a range in a ring of the VM, where each would be an exit
    /// (KVM_REGISTER_COALESCED_MMIO).
    /// </summary>
    /// <remarks>
    /// <para>After each KVM_RUN and before its exit is handed out, what is in the ring is taken to the bus,
    /// oldest first: no device sees an access before the writes that came before it. A write that lies wholly
    /// in the range is kept back, until the ring (170 writes with pages of 4 KiB) is full; reads are exits as
    /// ever. A guest that makes no exit leaves its writes in the ring, until
    /// <see cref="Vcpu.DeliverCoalescedWrites"/> or a kick.</para>
    /// <para>For registers whose writes may be late. Their device is called on any of the VM's vCPU threads,
    /// by one at a time, and must not wait for another vCPU, which may be waiting for the ring. What it
    /// throws comes out of that thread's run; the exit there comes with the next run.</para>
    /// <para>Replacing the range's device leaves it coalesced. Dispose what this gives before the range is
    /// removed.</para>
    /// </remarks>
    /// <param name="range">A range on the bus that the VM's run loops use.</param>
    /// <returns>To be disposed to end it; the VM's end does too.</returns>
    /// <exception cref="PlatformNotSupportedException">This is neither x86-64 nor arm64 nor
    /// riscv64.</exception>
    /// <exception cref="NotSupportedException">KVM lacks KVM_CAP_COALESCED_MMIO, or for ports
    /// KVM_CAP_COALESCED_PIO.</exception>
    /// <exception cref="ArgumentException">The range has 4 GiB or more.</exception>
    /// <exception cref="InvalidOperationException">The range is coalesced already, is not on its bus any
    /// more, or on another bus than the VM's other coalesced ranges.</exception>
    /// <exception cref="KvmException">The ioctl failed; ENOSPC: KVM has no room for more ranges.</exception>
    [KvmArchitectures(CoalescedRange.Architectures)]
    public CoalescedRange Coalesce(BusRange range)
    {
        NeededArchitecture.Check(CoalescedRange.Architectures, "KVM_REGISTER_COALESCED_MMIO");
        ArgumentNullException.ThrowIfNull(range);
        range.Bus.ThrowIfAbsent(range);
        if (range.Size > uint.MaxValue)
        {
            throw new ArgumentException($"{range} is too long to be coalesced; 4 GiB - 1 is the most");
        }

        using Held<VmHandle> held = new(handle);
        int ringPage = Require(KvmCapability.KVM_CAP_COALESCED_MMIO);
        if (range.Bus is PioBus)
        {
            Require(KvmCapability.KVM_CAP_COALESCED_PIO);
        }

        int offset = ringPage * Environment.SystemPageSize;
        if (offset > vcpuMapSize - Environment.SystemPageSize)
        {
            throw new NotSupportedException(
                $"KVM maps {vcpuMapSize} bytes for a vCPU, and the ring of coalesced writes is not in them");
        }

        CoalescedWrites writes = handle.GetCoalesced(offset);
        writes.Add(range);
        kvm_coalesced_mmio_zone zone = CoalescedRange.ZoneOf(range);
        int result = handle.Fd.RegisterCoalescedMmio(in zone);
        if (result < 0)
        {
            writes.Remove(range);
        }

        KvmException.ThrowIfError(result, "KVM_REGISTER_COALESCED_MMIO", KvmFdKind.Vm, range.ToString());
        return new CoalescedRange(handle, writes, range);
    }
}
