using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio.Console;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples.Machines;

/// <summary>
/// The host's end of a serial port, of a virtio console or of one of its ports: the terminal, a pseudo-terminal, a
/// file, or nothing.
/// </summary>
public sealed class GuestConsole : IDisposable
{
    /// <summary>This program's terminal.</summary>
    public const string Stdio = "stdio";

    /// <summary>Nowhere.</summary>
    public const string Nothing = "none";

    private const int StandardInput = 0;
    private const string PseudoTerminal = "pty";
    private const string FilePrefix = "file=";

    private readonly Stream? input;
    private readonly Stream? stream;
    private readonly StreamOutput? output;
    private readonly Terminal? terminal;
    private WindowSize? size;

    private GuestConsole(Stream? input, Stream? stream, Terminal? terminal = null)
    {
        this.input = input;
        this.stream = stream;
        this.terminal = terminal;
        output = stream is null ? null : new StreamOutput(stream);
    }

    /// <summary>What the guest sends; null for nowhere.</summary>
    public IByteOutput? Output => output;

    /// <summary>Opens it.</summary>
    /// <param name="option">For messages.</param>
    /// <param name="where">What the option says.</param>
    /// <param name="device">What the guest has at its end, for messages.</param>
    /// <exception cref="ExampleException">It cannot be had.</exception>
    public static GuestConsole Open(string option, string where, string device)
    {
        switch (where)
        {
            case Stdio:
                // Not the console's own stream, which reads a terminal line by line.
                FileStream keys = new(
                    new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);
                return new GuestConsole(keys, Example.OpenOutput(), Terminal.Open());
            case PseudoTerminal:
                PtyStream pty = PtyStream.Open(device);
                Example.Complain($"{device} is at {pty.Path}");
                return new GuestConsole(pty, pty);
            case Nothing:
                return new GuestConsole(null, null);
            case var _ when where.StartsWith(FilePrefix, StringComparison.Ordinal):
                return new GuestConsole(null, OpenFile(option, where[FilePrefix.Length..]));
            default:
                throw new ExampleException(
                    $"{option} takes {Stdio}, {PseudoTerminal}, {Nothing} or {FilePrefix}PATH, not '{where}'");
        }
    }

    /// <summary>Begins to give a serial port what is typed.</summary>
    /// <param name="commands">What Ctrl-A and a key do on a terminal.</param>
    /// <param name="port">The port.</param>
    public void Connect(MachineCommands commands, ISerialPort port) => Connect(commands, ConsoleInput.Of(port));

    /// <summary>Begins to give a virtio console what is typed, and the terminal's size.</summary>
    /// <param name="commands">What Ctrl-A and a key do on a terminal.</param>
    /// <param name="console">The console.</param>
    public void Connect(MachineCommands commands, VirtioConsole console)
    {
        ArgumentNullException.ThrowIfNull(console);
        if (terminal is not null)
        {
            size = new WindowSize(console.Resize);
        }

        Connect(commands, ConsoleInput.Of(console, 0));
    }

    /// <summary>Begins to give a port what comes, where nobody types.</summary>
    public void Connect(ConsoleInput guest)
    {
        if (input is not null)
        {
            new InputPump(input, guest, keys: null).Start();
        }
    }

    /// <summary>Lets out what the guest has sent, and gives the terminal back.</summary>
    public void Dispose()
    {
        size?.Dispose();
        output?.Dispose();
        terminal?.Dispose();
        stream?.Dispose();
    }

    private void Connect(MachineCommands commands, ConsoleInput guest)
    {
        if (input is not null)
        {
            new InputPump(input, guest, terminal is null ? null : new EscapeKeys(commands.Do)).Start();
        }
    }

    private static FileStream OpenFile(string option, string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ExampleException($"{option}: the file '{path}' cannot be written: {e.Message.TrimEnd('.')}");
        }
    }
}
