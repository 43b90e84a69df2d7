using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Pci;

/// <summary>PCI bus 0: up to 32 devices of up to 8 functions, reached by <see cref="PciConfigPorts"/> or
/// <see cref="PciEcam"/>.</summary>
/// <remarks>
/// <para>What functions have at their base addresses is put on the machine's buses where the guest wants it, and
/// taken away where it does not. Where the guest puts one over another device, or over another base address,
/// that answers which was first; the other one comes in when the place is free. Where guest memory is, memory
/// answers: KVM asks no bus.</para>
/// <para>All members may be called from any thread. Configuration accesses are one at a time.</para>
/// </remarks>
public sealed partial class PciBus : IDeviceState
{
    /// <summary>How many devices.</summary>
    public const int Devices = 32;

    /// <summary>How many functions of each.</summary>
    public const int FunctionsOfDevice = 8;

    private const string Kind = "pci-bus";
    private const ushort Version = 1;
    private const int Pins = 4;

    private readonly Lock gate = new();
    private readonly PciFunction?[] functions = new PciFunction?[Devices * FunctionsOfDevice];
    private readonly PioBus pio;
    private readonly MmioBus mmio;
    private readonly (SharedInterruptLine Line, byte Number)[] interrupts;

    /// <summary>An empty bus.</summary>
    /// <param name="pio">Where I/O base addresses are put.</param>
    /// <param name="mmio">Where memory base addresses are put.</param>
    /// <param name="interrupts">1, 2 or 4 lines, or none. Pin p of device d goes to line (d + p - 1) of
    /// these, as on boards.</param>
    /// <exception cref="ArgumentException">It is another number of lines.</exception>
    public PciBus(PioBus pio, MmioBus mmio, params ReadOnlySpan<PciInterrupt> interrupts)
    {
        ArgumentNullException.ThrowIfNull(pio);
        ArgumentNullException.ThrowIfNull(mmio);
        if (interrupts.Length > Pins || (interrupts.Length > 0 && Pins % interrupts.Length != 0))
        {
            throw new ArgumentException(
                $"a PCI bus has 1, 2 or 4 interrupt lines, or none, and not {interrupts.Length}", nameof(interrupts));
        }

        this.pio = pio;
        this.mmio = mmio;
        this.interrupts = new (SharedInterruptLine, byte)[interrupts.Length];
        for (int i = 0; i < interrupts.Length; i++)
        {
            this.interrupts[i] = (new SharedInterruptLine(interrupts[i].Line), interrupts[i].Number);
        }
    }

    /// <summary>Adds a function.</summary>
    /// <param name="device">0 to 31.</param>
    /// <param name="function">The function, set up.</param>
    /// <param name="number">0 to 7; guests look for the others only if there is a 0.</param>
    /// <exception cref="InvalidOperationException">There is one already, or it is on a bus.</exception>
    public void Add(int device, PciFunction function, int number = 0)
    {
        ArgumentNullException.ThrowIfNull(function);
        int index = PlaceOf(device, number);
        lock (gate)
        {
            ref PciFunction? place = ref functions[index];
            if (place is not null)
            {
                throw new InvalidOperationException($"PCI device {device} has a function {number} already");
            }

            int pin = function.Config[PciRegisters.InterruptPin];
            if (interrupts.Length > 0 && pin > 0)
            {
                (SharedInterruptLine line, byte irq) = interrupts[(device + pin - 1) % interrupts.Length];
                function.Connect(this, line.AddInput(), irq);
            }
            else
            {
                function.Connect(this, InterruptLines.None, 0);
            }

            place = function;
            MarkMultiple(device);
        }
    }

    /// <summary>The function at a place, or null.</summary>
    /// <param name="device">0 to 31.</param>
    /// <param name="number">0 to 7.</param>
    public PciFunction? Find(int device, int number = 0)
    {
        int place = PlaceOf(device, number);
        lock (gate)
        {
            return functions[place];
        }
    }

    /// <inheritdoc/>
    /// <remarks>All functions' configuration spaces, MSI-X vectors and pins; what they are functions of is
    /// saved by itself.</remarks>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            for (int i = 0; i < functions.Length; i++)
            {
                if (functions[i] is PciFunction function)
                {
                    state.Add((ushort)i);
                    state.Add(function.Config.Values);
                    state.Add(function.IsInterruptWanted);
                    state.Add(function.Msix?.Save() ?? []);
                }
            }

            state.Add(ushort.MaxValue);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        lock (gate)
        {
            List<Action> settings = [];
            DeviceStateReader reader = new(state, Kind, Version);
            int next = 0;
            for (int place = reader.NextUInt16(); place != ushort.MaxValue; place = reader.NextUInt16())
            {
                next = CheckPlace(in reader, next, place);
                settings.Add(PrepareFunction(ref reader, functions[place]!));
            }

            reader.End();
            CheckPlace(in reader, next, functions.Length);
            settings.ForEach(set => set());
            Remap();
        }
    }

    /// <summary>A guest's read of a function that may not be there.</summary>
    /// <param name="place">Device and function: 8 bits.</param>
    /// <param name="offset">0 to 255; the access ends inside.</param>
    /// <param name="data">1 to 4 bytes; all ones if there is no function.</param>
    internal void ReadConfig(int place, int offset, Span<byte> data)
    {
        lock (gate)
        {
            if (functions[place] is PciFunction function)
            {
                function.GuestReads(offset, data);
            }
            else
            {
                data.Fill(byte.MaxValue);
            }
        }
    }

    internal void WriteConfig(int place, int offset, ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            if (functions[place] is not PciFunction function)
            {
                return;
            }

            function.GuestWrites(offset, data);
            if (offset < PciRegisters.Status
                || (offset < PciRegisters.SubsystemVendorId && offset + data.Length > PciRegisters.BaseAddresses))
            {
                Remap();
            }
        }
    }

    /// <summary>Whether there is one, for what is beyond the first 256 bytes.</summary>
    internal bool Has(int place)
    {
        lock (gate)
        {
            return functions[place] is not null;
        }
    }

    private static int PlaceOf(int device, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(device, Devices);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, FunctionsOfDevice);
        return (device * FunctionsOfDevice) + number;
    }

    // First all that goes, then all that comes: one may wait for the other's place.
    private void Remap()
    {
        foreach (PciFunction? function in functions)
        {
            foreach (PciBar bar in function?.Bars ?? [])
            {
                if (bar.Range is BusRange range && bar.WantedAddress(function!.Config) != range.Start)
                {
                    range.Bus.Remove(range);
                    bar.TakeAway();
                    function.BarMoved(bar);
                }
            }
        }

        foreach (PciFunction? function in functions)
        {
            foreach (PciBar bar in function?.Bars ?? [])
            {
                if (bar.Range is null && bar.WantedAddress(function!.Config) is ulong address
                    && TryRegister(bar, address) is BusRange range)
                {
                    bar.Put(range);
                    function.BarMoved(bar);
                }
            }
        }
    }

    private BusRange? TryRegister(PciBar bar, ulong address)
    {
        string name = $"PCI {bar.Function.Identity.VendorId:x4}:{bar.Function.Identity.DeviceId:x4} BAR {bar.Index}";
        return bar.Kind == PciBarKind.Io
            ? pio.TryRegister(name, (ushort)address, (int)bar.Size, bar.Device)
            : mmio.TryRegister(name, address, bar.Size, bar.Device);
    }

    private void MarkMultiple(int device)
    {
        ReadOnlySpan<PciFunction?> all = functions.AsSpan(device * FunctionsOfDevice, FunctionsOfDevice);
        for (int i = 1; i < all.Length; i++)
        {
            if (all[0] is PciFunction first && all[i] is not null)
            {
                first.Config[PciRegisters.HeaderType] |= PciRegisters.MultipleFunctions;
            }
        }
    }

    // Each function that there is must be in the state, and no other.
    private int CheckPlace(in DeviceStateReader reader, int next, int place)
    {
        while (next < functions.Length && functions[next] is null)
        {
            next++;
        }

        return place == next
            ? next + 1
            : throw reader.Damaged("its functions are not those of this machine; restore it with the same devices");
    }

    private static Action PrepareFunction(ref DeviceStateReader reader, PciFunction function)
    {
        byte[] config = reader.NextBytes(PciRegisters.Size).ToArray();
        bool interrupt = reader.NextBoolean();
        ReadOnlySpan<byte> msix = reader.NextBytes(Msix.LargestState);
        if (config.Length != PciRegisters.Size
            || !config.AsSpan(0, 4).SequenceEqual(function.Config.Values[..4]))
        {
            throw reader.Damaged("a function is another one than this machine has at its place");
        }

        Action? restoreMsix = null;
        if (function.Msix is Msix vectors)
        {
            restoreMsix = vectors.PrepareRestore(msix);
        }
        else if (!msix.IsEmpty)
        {
            throw reader.Damaged("a function has MSI-X vectors that it has not on this machine");
        }

        return () =>
        {
            function.Config.Restore(config);
            restoreMsix?.Invoke();
            function.FollowConfig();
            function.SetInterrupt(interrupt);
        };
    }
}
