using System.CommandLine;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Console;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>COM1 and, where they are asked for, a virtio console and ports.</summary>
internal sealed class Consoles : IDisposable
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

    /// <summary>What the guest sends by COM1; null for nowhere.</summary>
    public IByteOutput? SerialOutput => serial.Output;

    /// <summary>Opens the host's ends.</summary>
    /// <exception cref="ExampleException">One cannot be had.</exception>
    public static Consoles Open(ParseResult options)
    {
        string? second = options.GetValue(Options.Console);
        string first = options.GetValue(Options.Serial)
            ?? (second == GuestConsole.Stdio ? GuestConsole.Nothing : GuestConsole.Stdio);
        GuestConsole serial = GuestConsole.Open(Options.Serial.Name, first, "COM1");
        GuestConsole? other = null;
        try
        {
            other = second is null ? null : GuestConsole.Open(Options.Console.Name, second, "hvc0");
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
    [KvmArchitectures(KvmArchitecture.X64)]
    public void Attach(PcMachine machine)
    {
        if (other is not null)
        {
            device = new VirtioConsole(machine.Memory, machine.Events, other.Output ?? NoOutput.Instance);
            machine.AddVirtio(device);
        }

        ports.Attach(machine);
    }

    /// <summary>Begins to give the guest what is typed, and what comes by ports.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void Connect(PcMachine machine, Snapshots? snapshots)
    {
        serial.Connect(machine, snapshots);
        if (device is not null)
        {
            other!.Connect(machine, snapshots, device);
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
