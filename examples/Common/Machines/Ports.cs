using System.CommandLine;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Console;

namespace KvmInterop.Examples.Machines;

/// <summary><c>--port</c>: channels between programs of the guest and the host, found by their names.</summary>
/// <remarks>
/// They are a device of their own beside the console's: a console that is the only port of its device gets the
/// terminal's size by the configuration space, which all drivers read alike. The control message that a device of
/// several ports sends for it has columns before rows (virtio 1.2, section 5.3.6.2); Linux 6.1 reads rows first.
/// </remarks>
public sealed class Ports : IDisposable
{
    private readonly List<(string Name, GuestConsole End)> ports = [];
    private VirtioConsole? device;

    /// <summary>Opens the host's ends.</summary>
    /// <exception cref="ExampleException">One cannot be had.</exception>
    public static Ports Open(ParseResult options)
    {
        Ports all = new();
        try
        {
            foreach (string text in options.GetValue(DeviceOptions.Port) ?? [])
            {
                all.Open(text);
            }
        }
        catch
        {
            all.Dispose();
            throw;
        }

        return all;
    }

    /// <summary>Gives the machine their device, if there are any.</summary>
    /// <exception cref="ExampleException">There are too many, or a name is none.</exception>
    public void Attach(VirtualMachine machine)
    {
        if (ports.Count == 0)
        {
            return;
        }

        try
        {
            device = new VirtioConsole(
                machine.Memory, machine.Events,
                [.. ports.Select(port => new VirtioConsolePortOptions(
                    port.End.Output!, port.Name, IsConsole: false))]);
        }
        catch (ArgumentException e)
        {
            throw new ExampleException($"{DeviceOptions.Port.Name}: {Attaching.Sentence(e)}");
        }

        machine.AddVirtio(device);
    }

    /// <summary>Begins to give the guest what comes.</summary>
    public void Connect()
    {
        for (int i = 0; device is not null && i < ports.Count; i++)
        {
            ports[i].End.Connect(ConsoleInput.Of(device, i));
        }
    }

    /// <summary>Lets out what the guest has sent.</summary>
    public void Dispose() => ports.ForEach(port => port.End.Dispose());

    private void Open(string text)
    {
        string option = DeviceOptions.Port.Name;
        if (text.Split(',', 2) is not [{ Length: > 0 } name, var where]
            || where is GuestConsole.Stdio or GuestConsole.Nothing)
        {
            throw new ExampleException($"{option} takes NAME,pty or NAME,file=PATH, not '{text}'");
        }

        if (ports.Exists(port => port.Name == name))
        {
            throw new ExampleException($"{option}: there are two of the name '{name}'");
        }

        ports.Add((name, GuestConsole.Open($"{option} {name}", where, name)));
    }
}
