namespace KvmInterop.Machine.Pci;

/// <summary>A function of a PCI device: its configuration space, its base addresses, its interrupt.</summary>
/// <remarks>
/// <para>Set it up wholly, then add it to a <see cref="PciBus"/>. From then on the bus moves what its base
/// addresses have, as the guest programs them, also while vCPUs run.</para>
/// <para>Overrides are called under the bus's lock, on the thread of the vCPU that made the access. They may
/// take the device's lock; so a device does not call its bus while it holds that. <see cref="SetInterrupt"/> is
/// for any thread and any lock.</para>
/// </remarks>
public class PciFunction
{
    private readonly List<PciBar> bars = [];
    private readonly Lock interruptGate = new();

    // Under the interrupt's gate.
    private IInterruptLine interruptLine = InterruptLines.None;
    private bool interruptWanted;
    private bool interruptDisabled;

    private int lastCapability;
    private int freePlace = PciRegisters.DeviceSpecific;

    /// <summary>A function of a header of type 0, with nothing but its identity.</summary>
    public PciFunction(PciIdentity identity)
    {
        Identity = identity;
        Config.SetUInt16(PciRegisters.VendorId, identity.VendorId);
        Config.SetUInt16(PciRegisters.DeviceId, identity.DeviceId);
        Config[PciRegisters.Revision] = identity.Revision;
        Config[PciRegisters.ClassCode] = (byte)identity.ClassCode;
        Config[PciRegisters.ClassCode + 1] = (byte)(identity.ClassCode >> 8);
        Config[PciRegisters.ClassCode + 2] = (byte)(identity.ClassCode >> 16);
        Config.SetUInt16(PciRegisters.SubsystemVendorId, identity.SubsystemVendorId);
        Config.SetUInt16(PciRegisters.SubsystemId, identity.SubsystemId);
        Config.AllowUInt16(PciRegisters.Command, (ushort)PciCommand.Writable);
        Config.AllowClearing(PciRegisters.Status, (ushort)PciStatus.Errors);
        Config.Allow(PciRegisters.InterruptLine, 1);
    }

    /// <summary>What it says it is.</summary>
    public PciIdentity Identity { get; }

    /// <summary>Its configuration space.</summary>
    public PciConfigSpace Config { get; } = new();

    /// <summary>Its base addresses.</summary>
    public IReadOnlyList<PciBar> Bars => bars;

    /// <summary>Its MSI-X vectors; null if it has none.</summary>
    public Msix? Msix { get; private set; }

    /// <summary>The bus that it is on; null before.</summary>
    public PciBus? Bus { get; private set; }

    /// <summary>What the guest has switched on. Of use under the bus's lock.</summary>
    public PciCommand Command => (PciCommand)Config.GetUInt16(PciRegisters.Command);

    /// <summary>Adds a base address. Before the function is on a bus.</summary>
    /// <param name="index">0 to 5; one of 64 bits takes the next too.</param>
    /// <param name="kind">The space.</param>
    /// <param name="size">Bytes or ports: a power of two, of ports 4 to 256, of memory 16 or more.</param>
    /// <param name="device">What is there.</param>
    /// <param name="prefetchable">Reads have no effects, so a processor may read ahead.</param>
    /// <exception cref="ArgumentException">The size does not fit, or another has the register.</exception>
    /// <exception cref="InvalidOperationException">The function is on a bus.</exception>
    public PciBar AddBar(int index, PciBarKind kind, ulong size, IBusDevice device, bool prefetchable = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ThrowIfOnBus();
        int registers = kind == PciBarKind.Memory64 ? 2 : 1;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index + registers, PciRegisters.BaseAddressCount, nameof(index));
        (ulong least, ulong most) = kind switch
        {
            PciBarKind.Io => (4UL, 256UL),
            PciBarKind.Memory32 => (16UL, 1UL << 31),
            _ => (16UL, 1UL << 62),
        };
        if (!ulong.IsPow2(size) || size < least || size > most)
        {
            throw new ArgumentException(
                $"a base address of kind {kind} has 0x{least:x} to 0x{most:x} bytes, a power of two, and not 0x{size:x}",
                nameof(size));
        }

        if (bars.Exists(other => other.Index < index + registers && index <= other.Index + Extra(other)))
        {
            throw new ArgumentException($"base address register {index} is taken", nameof(index));
        }

        PciBar bar = new(this, index, kind, size, prefetchable, device);
        Config.SetUInt32(bar.Register, bar.Flags);
        Config.AllowUInt32(bar.Register, (uint)bar.WritableBits);
        if (kind == PciBarKind.Memory64)
        {
            Config.AllowUInt32(bar.Register + sizeof(uint), (uint)(bar.WritableBits >> 32));
        }

        bars.Add(bar);
        return bar;
    }

    /// <summary>Adds a capability at the end of the list (6.7). Before the function is on a bus.</summary>
    /// <param name="id">Its kind (appendix H).</param>
    /// <param name="body">What follows the two bytes of kind and link. No guest can write it until
    /// <see cref="Config"/> allows it.</param>
    /// <returns>Where it is; the body is 2 bytes further.</returns>
    /// <exception cref="InvalidOperationException">The function is on a bus, or has no room for it.</exception>
    public int AddCapability(byte id, ReadOnlySpan<byte> body)
    {
        ThrowIfOnBus();
        int place = freePlace;
        int length = 2 + body.Length;
        if (length > PciRegisters.Size - place)
        {
            throw new InvalidOperationException(
                $"the configuration space has room for {PciRegisters.Size - place} more bytes, and the capability "
                + $"has {length}");
        }

        Config[place] = id;
        for (int i = 0; i < body.Length; i++)
        {
            Config[place + 2 + i] = body[i];
        }

        Config[lastCapability == 0 ? PciRegisters.Capabilities : lastCapability + 1] = (byte)place;
        Config.SetUInt16(
            PciRegisters.Status, (ushort)(Config.GetUInt16(PciRegisters.Status) | (ushort)PciStatus.Capabilities));
        lastCapability = place;
        freePlace = (place + length + 3) & ~3;
        return place;
    }

    /// <summary>Adds message-signalled interrupts in a base address of their own. Before the function is on a
    /// bus.</summary>
    /// <param name="vectors">How many, 1 to 2048.</param>
    /// <param name="bar">The register of their base address, of 32 bits.</param>
    /// <param name="messages">Where they go.</param>
    /// <inheritdoc cref="AddBar"/>
    public Msix AddMsix(int vectors, int bar, IMessageSender messages)
    {
        ThrowIfOnBus();
        if (Msix is not null)
        {
            throw new InvalidOperationException("the function has its MSI-X vectors already");
        }

        Msix added = new(vectors, messages);
        AddBar(bar, PciBarKind.Memory32, added.BarSize, added.BarDevice);
        added.AddTo(this, bar);
        Msix = added;
        return added;
    }

    /// <summary>Says that it uses an interrupt pin. Before the function is on a bus, which connects it.
    /// </summary>
    /// <param name="pin">1 to 4 for INTA# to INTD#; a device with one function uses 1.</param>
    public void UsePin(int pin)
    {
        ThrowIfOnBus();
        ArgumentOutOfRangeException.ThrowIfLessThan(pin, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pin, 4);
        Config[PciRegisters.InterruptPin] = (byte)pin;
    }

    /// <summary>Asks for an interrupt by the pin, or no longer. Any thread may call it.</summary>
    /// <remarks>The guest sees it in the status register, and can switch the pin off. A driver that uses
    /// <see cref="Msix"/> expects messages instead.</remarks>
    public void SetInterrupt(bool wanted)
    {
        lock (interruptGate)
        {
            interruptWanted = wanted;
            interruptLine.SetLevel(wanted && !interruptDisabled);
        }
    }

    /// <summary>The guest is about to read; a device can bring its bytes up to date.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">1 to 4.</param>
    protected internal virtual void ConfigReading(int offset, int length)
    {
    }

    /// <summary>The guest has written; <see cref="Config"/> has what it could change.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">1 to 4.</param>
    protected internal virtual void ConfigWritten(int offset, int length)
    {
    }

    /// <summary>A base address has another <see cref="PciBar.Address"/> now, or none.</summary>
    protected internal virtual void BarMoved(PciBar bar)
    {
    }

    internal bool IsInterruptWanted
    {
        get
        {
            lock (interruptGate)
            {
                return interruptWanted;
            }
        }
    }

    internal void Connect(PciBus bus, IInterruptLine line, byte lineNumber)
    {
        ThrowIfOnBus();
        Bus = bus;
        if (Config[PciRegisters.InterruptPin] != 0)
        {
            Config[PciRegisters.InterruptLine] = lineNumber;
            lock (interruptGate)
            {
                interruptLine = line;
            }
        }
    }

    internal void GuestReads(int offset, Span<byte> data)
    {
        ConfigReading(offset, data.Length);
        Config.GuestReads(offset, data);
        int status = PciRegisters.Status - offset;
        if ((uint)status < (uint)data.Length && IsInterruptWanted)
        {
            data[status] |= (byte)PciStatus.Interrupt;
        }
    }

    internal void GuestWrites(int offset, ReadOnlySpan<byte> data)
    {
        Config.GuestWrites(offset, data);
        FollowConfig();
        ConfigWritten(offset, data.Length);
    }

    /// <summary>What depends on registers, but for base addresses: the bus has those.</summary>
    internal void FollowConfig()
    {
        Msix?.Follow(Config);
        lock (interruptGate)
        {
            interruptDisabled = (Command & PciCommand.InterruptDisable) != 0;
            interruptLine.SetLevel(interruptWanted && !interruptDisabled);
        }
    }

    private static int Extra(PciBar bar) => bar.Kind == PciBarKind.Memory64 ? 1 : 0;

    private void ThrowIfOnBus()
    {
        if (Bus is not null)
        {
            throw new InvalidOperationException("the function is on a bus; set it up before it is added");
        }
    }
}
