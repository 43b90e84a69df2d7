using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Takes a VM's coalesced writes to their devices, in their order, each once.</summary>
/// <param name="ringOffset">Bytes from the start of each vCPU's mapping to the ring.</param>
/// <remarks>
/// All vCPU threads see the same ring, and each must know its own writes delivered before its next access is.
/// An entry stays in the ring until its device has returned, so an empty ring says that to every thread
/// without a lock; with entries in it, one thread delivers and the others wait for it.
/// </remarks>
internal sealed class CoalescedWrites(int ringOffset)
{
    private readonly Lock gate = new();
    private readonly HashSet<BusRange> ranges = [];
    private PioBus? pio;
    private MmioBus? mmio;

    /// <summary>Notes a range before the kernel is told of it.</summary>
    internal void Add(BusRange range)
    {
        lock (gate)
        {
            Bus? other = range.Bus is PioBus ? pio : mmio;
            if (other is not null && other != range.Bus)
            {
                throw new InvalidOperationException(
                    $"{range} is on another bus than the VM's other coalesced ranges; a VM has one ring, and "
                    + "what is in it goes to one bus");
            }

            if (!ranges.Add(range))
            {
                throw new InvalidOperationException(
                    $"{range} is coalesced already; use the object that the first call gave");
            }

            pio ??= range.Bus as PioBus;
            mmio ??= range.Bus as MmioBus;
        }
    }

    internal void Remove(BusRange range)
    {
        lock (gate)
        {
            ranges.Remove(range);
        }
    }

    /// <summary>Whether anything is in the ring; for the path that every exit takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool AreThere(VcpuHandle vcpu) => !new CoalescedRing(vcpu, ringOffset).IsEmpty;

    /// <summary>Delivers what is in the ring; returns when all that was there at the call is done.</summary>
    /// <param name="vcpu">Whose mapping to look through; the caller holds a reference to it.</param>
    internal void Deliver(VcpuHandle vcpu)
    {
        CoalescedRing ring = new(vcpu, ringOffset);
        if (!ring.IsEmpty)
        {
            Deliver(ring);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Deliver(CoalescedRing ring)
    {
        // From inside a device that is just being given a write: that one's caller goes on with the rest.
        if (gate.IsHeldByCurrentThread)
        {
            return;
        }

        lock (gate)
        {
            // No more than there are now: guests on other vCPUs could add for ever.
            for (uint left = ring.Count; left > 0; left--)
            {
                kvm_coalesced_mmio write = ring.First;
                try
                {
                    Deliver(in write);
                }
                finally
                {
                    ring.RemoveFirst();
                }
            }
        }
    }

    private void Deliver(in kvm_coalesced_mmio write)
    {
        ReadOnlySpan<byte> data = write.data;
        data = data[..(int)Math.Min(write.len, (uint)data.Length)];
        if (write.pio != 0)
        {
            pio?.Write((ushort)write.phys_addr, data);
            return;
        }

        mmio?.Write(write.phys_addr, data);
    }
}
