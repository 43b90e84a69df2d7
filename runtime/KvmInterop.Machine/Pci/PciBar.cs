namespace KvmInterop.Machine.Pci;

/// <summary>A base address register: what of a function the guest can put at an address of its choice (PCI
/// Local Bus Specification 3.0, 6.2.5).</summary>
public sealed class PciBar
{
    // The low bits of the register say what it is.
    private const uint IoSpace = 1 << 0;
    private const uint Memory64Bit = 2 << 1;
    private const uint PrefetchableMemory = 1 << 3;
    private const uint IoFlags = 3;
    private const uint MemoryFlags = 0xf;

    private ulong? address;

    internal PciBar(PciFunction function, int index, PciBarKind kind, ulong size, bool prefetchable,
        IBusDevice device)
    {
        Function = function;
        Index = index;
        Kind = kind;
        Size = size;
        Device = device;
        Flags = kind switch
        {
            PciBarKind.Io => IoSpace,
            PciBarKind.Memory64 => Memory64Bit | (prefetchable ? PrefetchableMemory : 0),
            _ => prefetchable ? PrefetchableMemory : 0,
        };
    }

    /// <summary>Whose it is.</summary>
    public PciFunction Function { get; }

    /// <summary>Which register, 0 to 5; one of 64 bits is the lower of its two.</summary>
    public int Index { get; }

    /// <summary>What space it is in.</summary>
    public PciBarKind Kind { get; }

    /// <summary>Bytes or ports, a power of two; the address is a multiple of it.</summary>
    public ulong Size { get; }

    /// <summary>What is there.</summary>
    public IBusDevice Device { get; }

    /// <summary>Where the device answers now; null if it does not, because the guest has switched it off, has
    /// chosen no address, or one that another device has.</summary>
    /// <remarks>Of use under the bus's lock, in <see cref="PciFunction.BarMoved"/>; a guess elsewhere.
    /// </remarks>
    public ulong? Address => address;

    internal int Register => PciRegisters.BaseAddresses + (Index * sizeof(uint));

    internal uint Flags { get; }

    internal PciCommand EnabledBy => Kind == PciBarKind.Io ? PciCommand.IoSpace : PciCommand.MemorySpace;

    /// <summary>The device's place on a bus; null for as long as there is none.</summary>
    internal BusRange? Range { get; private set; }

    /// <summary>The bits that a guest can write; what it reads after writing ones is the size.</summary>
    internal ulong WritableBits => ~(Size - 1) & ~(ulong)(Kind == PciBarKind.Io ? IoFlags : MemoryFlags);

    /// <summary>Where the registers want it; null if nowhere.</summary>
    internal ulong? WantedAddress(PciConfigSpace config)
    {
        if ((config.GetUInt16(PciRegisters.Command) & (ushort)EnabledBy) == 0)
        {
            return null;
        }

        ulong value = config.GetUInt32(Register);
        if (Kind == PciBarKind.Memory64)
        {
            value |= (ulong)config.GetUInt32(Register + sizeof(uint)) << 32;
        }

        value &= WritableBits;

        // Firmware has 0 for "none yet"; and a processor has 16 bits of I/O addresses.
        bool isNowhere = value == 0 || (Kind == PciBarKind.Io && value > ushort.MaxValue);
        return isNowhere ? null : value;
    }

    /// <summary>Sets the registers, as firmware does.</summary>
    internal void Choose(PciConfigSpace config, ulong place)
    {
        config.SetUInt32(Register, (uint)place | Flags);
        if (Kind == PciBarKind.Memory64)
        {
            config.SetUInt32(Register + sizeof(uint), (uint)(place >> 32));
        }
    }

    internal void Put(BusRange range)
    {
        Range = range;
        address = range.Start;
    }

    internal void TakeAway()
    {
        Range = null;
        address = null;
    }
}

/// <summary>The space that a <see cref="PciBar"/> is in.</summary>
public enum PciBarKind
{
    /// <summary>I/O ports.</summary>
    Io,

    /// <summary>Memory below 4 GiB; one register.</summary>
    Memory32,

    /// <summary>Memory anywhere; two registers.</summary>
    Memory64,
}
