namespace KvmInterop.Machine.Pci;

/// <content>What firmware does at power-on.</content>
public sealed partial class PciBus
{
    /// <summary>
    /// Gives every base address a place, and lets the functions answer there, as firmware leaves them to a kernel.
    /// </summary>
    /// <remarks>For machines without firmware, before the guest runs; the guest may move them all. Places are a
    /// function of the devices alone: one behind the other, each at a multiple of its size.</remarks>
    /// <param name="ports">For those in I/O space.</param>
    /// <param name="memory">For those in memory, of 64 bits too.</param>
    /// <exception cref="InvalidOperationException">They do not fit; nothing is changed.</exception>
    public void AssignAddresses(PciWindow ports, PciWindow memory)
    {
        lock (gate)
        {
            ulong nextPort = ports.First;
            ulong nextAddress = memory.First;
            List<(PciBar Bar, ulong Place)> places = [];
            foreach (PciBar bar in functions.SelectMany(function => function?.Bars ?? []))
            {
                places.Add((bar, bar.Kind == PciBarKind.Io
                    ? Take(ref nextPort, ports.Last, bar) : Take(ref nextAddress, memory.Last, bar)));
            }

            foreach ((PciBar bar, ulong place) in places)
            {
                PciConfigSpace config = bar.Function.Config;
                bar.Choose(config, place);
                config.SetUInt16(
                    PciRegisters.Command, (ushort)(config.GetUInt16(PciRegisters.Command) | (ushort)bar.EnabledBy));
            }

            Remap();
        }
    }

    private static ulong Take(ref ulong next, ulong last, PciBar bar)
    {
        ulong place = (next + bar.Size - 1) & ~(bar.Size - 1);
        if (place > last || last - place < bar.Size - 1)
        {
            throw new InvalidOperationException(
                $"the base addresses of the PCI devices do not fit below 0x{last:x}, where one of 0x{bar.Size:x} is "
                + "too many; give the machine fewer devices");
        }

        next = place + bar.Size;
        return place;
    }
}
