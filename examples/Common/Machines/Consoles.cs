using System.CommandLine;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Console;

namespace KvmInterop.Examples.Machines;

/// <summary>A machine's serial port and, where they are asked for, a virtio console and ports.</summary>
public sealed class Consoles : IDisposable
{
    private readonly GuestConsole serial;
    private readonly GuestConsole? other;
    private readonly Ports ports;
    private VirtioConsole? device;

    private Consoles(GuestConsole serial, GuestConsole? other, Ports ports)
    {
        this.ports = ports;
        this.serial = serial;
        this.other = other;
    }

    /// <summary>What the guest sends by its serial port; null for nowhere.</summary>
    public IByteOutput? SerialOutput => serial.Output;

    /// <summary>Opens the host's ends.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="serialPort">What the serial port is called, for messages.</param>
    /// <exception cref="ExampleException">One cannot be had.</exception>
    public static Consoles Open(ParseResult options, string serialPort)
    {
        string? second = options.GetValue(MachineOptions.Console);
        string first = options.GetValue(MachineOptions.Serial)
            ?? (second == GuestConsole.Stdio ? GuestConsole.Nothing : GuestConsole.Stdio);
        GuestConsole serial = GuestConsole.Open(MachineOptions.Serial.Name, first, serialPort);
        GuestConsole? other = null;
        try
        {
            other = second is null ? null : GuestConsole.Open(MachineOptions.Console.Name, second, "hvc0");
            return new Consoles(serial, other, Ports.Open(options));
        }
        catch
        {
            other?.Dispose();
            serial.Dispose();
            throw;
        }
    }

    /// <summary>Gives the machine its virtio console, and ports.</summary>
    public void Attach(VirtualMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (other is not null)
        {
            device = new VirtioConsole(machine.Memory, machine.Events, other.Output ?? NoOutput.Instance);
            machine.AddVirtio(device);
        }

        ports.Attach(machine);
    }

    /// <summary>Begins to give the guest what is typed, and what comes by ports.</summary>
    /// <param name="commands">What Ctrl-A and a key do on a terminal.</param>
    /// <param name="port">The serial port.</param>
    public void Connect(MachineCommands commands, ISerialPort port)
    {
        serial.Connect(commands, port);
        if (device is not null)
        {
            other!.Connect(commands, device);
        }

        ports.Connect();
    }

    /// <summary>Lets out what the guest has sent, and gives the terminal back.</summary>
    public void Dispose()
    {
        serial.Dispose();
        other?.Dispose();
        ports.Dispose();
    }

    private sealed class NoOutput : IByteOutput
    {
        public static NoOutput Instance { get; } = new();

        public void Write(ReadOnlySpan<byte> data)
        {
        }
    }
}
