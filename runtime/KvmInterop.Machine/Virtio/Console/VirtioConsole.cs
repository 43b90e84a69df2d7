using System.Buffers.Binary;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Console;

/// <summary>Serial ports, one or several (virtio 1.2, section 5.3).</summary>
/// <remarks>
/// Input is given by <see cref="Receive"/> and <see cref="SetOpen"/> from any thread. With more than one port
/// the guest is told of them by control messages (VIRTIO_CONSOLE_F_MULTIPORT).
/// </remarks>
public sealed partial class VirtioConsole : VirtioDevice
{
    // Feature bits (5.3.3).
    private const ulong SizeFeature = 1UL << 0;
    private const ulong Multiport = 1UL << 1;
    private const ulong EmergencyWrite = 1UL << 2;

    // struct virtio_console_config (5.3.4).
    private const int ConfigurationBytes = 12;
    private const int EmergencyOffset = 8;

    private const int Entries = 128;
    private const int ControlEntries = 64;
    private const int MostPorts = 30;

    // Queues 2 and 3 are for control; port 0's are before them, the others' after (5.3.2).
    private const int ControlReceive = 2;
    private const int ControlTransmit = 3;

    private readonly ConsolePort[] ports;
    private readonly bool isMultiport;
    private readonly DescriptorChain chain;
    private (ushort Columns, ushort Rows) size;

    /// <summary>Makes one port, a console.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="output">Where the guest's bytes go.</param>
    public VirtioConsole(GuestMemory memory, EventLoop loop, IByteOutput output)
        : this(memory, loop, [new VirtioConsolePortOptions(output)])
    {
    }

    /// <summary>Makes ports.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="ports">One to 30.</param>
    /// <exception cref="ArgumentException">There are none or too many, or a name is too long.</exception>
    public VirtioConsole(GuestMemory memory, EventLoop loop, IReadOnlyList<VirtioConsolePortOptions> ports)
        : base(
            VirtioDeviceType.Console, memory, loop, QueueSizes(ports),
            SizeFeature | EmergencyWrite | (IsMultiport(ports) ? Multiport : 0), ConfigurationBytes)
    {
        isMultiport = IsMultiport(ports);
        this.ports = new ConsolePort[ports.Count];
        for (int i = 0; i < ports.Count; i++)
        {
            this.ports[i] = new ConsolePort(i, ports[i]);
        }

        chain = Queue(0).CreateChain();
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        configuration.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(configuration[4..], ports.Count);
        SetConfiguration(0, configuration);
    }

    /// <summary>
    /// <see cref="Receive"/> had to leave bytes of this port, and there is room now. Once each time, on the
    /// console's thread.
    /// </summary>
    public event Action<int>? RoomAvailable;

    /// <summary>Gives the guest bytes of a port.</summary>
    /// <param name="port">The port's number.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>How many were taken. Keep the rest until <see cref="RoomAvailable"/>.</returns>
    public int Receive(int port, ReadOnlySpan<byte> data)
    {
        ConsolePort one = ports[port];
        using (EnterWork())
        {
            int taken = one.Input.Enqueue(data);
            one.WantsRoom |= taken < data.Length;
            Ring(Queue(one.ReceiveQueue));
            return taken;
        }
    }

    /// <summary>Sets the size of the terminal, for the guest's programs to follow.</summary>
    /// <param name="columns">In characters.</param>
    /// <param name="rows">In characters.</param>
    public void Resize(ushort columns, ushort rows)
    {
        using (EnterWork())
        {
            size = (columns, rows);
            PublishSize();
            foreach (ConsolePort port in ports)
            {
                if (port is { IsReady: true, Options.IsConsole: true })
                {
                    Tell(port, ControlEvent.Resize, 0);
                }
            }

            FlushControl();
        }
    }

    /// <summary>Says whether a program is at the host's end of a port; at first one is.</summary>
    public void SetOpen(int port, bool isOpen)
    {
        ConsolePort one = ports[port];
        using (EnterWork())
        {
            one.IsOpenInHost = isOpen;
            if (one.IsReady)
            {
                Tell(one, ControlEvent.PortOpen, isOpen ? (ushort)1 : (ushort)0);
                FlushControl();
            }
        }
    }

    /// <summary>Whether a program of the guest's has a port open; a single port has no such thing.</summary>
    public bool IsOpenInGuest(int port) => Volatile.Read(ref ports[port].IsOpenInGuest);

    /// <inheritdoc/>
    protected override void OnDriverReady()
    {
        // Linux's driver looks at the size of a single port's terminal when it is told of a change, and not before.
        if (size != default)
        {
            PublishSize();
        }
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (queue.Index == ControlReceive)
        {
            FlushControl();
        }
        else if (queue.Index == ControlTransmit)
        {
            ServeRequests(queue, chain);
            FlushControl();
        }
        else if (queue.Index % 2 == 0)
        {
            FillReceive(PortOf(queue), queue);
        }
        else
        {
            ServeRequests(queue, chain);
        }
    }

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(request);
        if (queue.Index == ControlTransmit)
        {
            OnControl(request);
            return 0;
        }

        ConsolePort? port = PortOf(queue);
        while (port is not null && request.TryLeaseReadable(OutputPart, out GuestMemoryReadLease lease))
        {
            using (lease)
            {
                // A copy: the output may look at its bytes more than once.
                lease.Span.CopyTo(output);
                port.Options.Output.Write(output.AsSpan(0, lease.Span.Length));
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        messages.Clear();
        foreach (ConsolePort port in ports)
        {
            port.IsReady = false;
            Volatile.Write(ref port.IsOpenInGuest, false);
        }
    }

    /// <inheritdoc/>
    protected override void OnConfigurationWritten(int offset, ReadOnlySpan<byte> data)
    {
        // emerg_wr: a character before there are queues (5.3.4).
        if (offset == EmergencyOffset && data.Length > 0)
        {
            ports[0].Options.Output.Write(data[..1]);
        }
    }

    private void PublishSize()
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, size.Columns);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], size.Rows);
        SetConfiguration(0, bytes, isNews: true);
    }

    private static bool IsMultiport(IReadOnlyList<VirtioConsolePortOptions> ports) =>
        ports.Count > 1 || !ports[0].IsConsole || ports[0].Name.Length > 0;

    private static int[] QueueSizes(IReadOnlyList<VirtioConsolePortOptions> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        if (ports.Count is < 1 or > MostPorts)
        {
            throw new ArgumentException($"a console has 1 to {MostPorts} ports, not {ports.Count}", nameof(ports));
        }

        if (ports.FirstOrDefault(p => p.Name.Length > ConsolePort.LongestName || p.Name.Any(c => c is <= ' ' or > '~'))
            is { } wrong)
        {
            throw new ArgumentException(
                $"a port's name is at most {ConsolePort.LongestName} ASCII characters without blanks, not "
                + $"'{wrong.Name}'",
                nameof(ports));
        }

        int[] sizes = new int[IsMultiport(ports) ? 2 + (2 * ports.Count) : 2];
        Array.Fill(sizes, Entries);
        if (sizes.Length > ControlTransmit)
        {
            sizes[ControlReceive] = sizes[ControlTransmit] = ControlEntries;
        }

        return sizes;
    }

    private ConsolePort? PortOf(Virtqueue queue)
    {
        int number = queue.Index < ControlReceive ? 0 : (queue.Index / 2) - 1;
        return number < ports.Length ? ports[number] : null;
    }
}
