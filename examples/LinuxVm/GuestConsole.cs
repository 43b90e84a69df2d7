using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Console;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>
/// The host's end of COM1, of a virtio console or of a port: the terminal, a pseudo-terminal, a file, or nothing.
/// </summary>
internal sealed class GuestConsole : IDisposable
{
    public const string Stdio = "stdio";
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
                Pty pty = Pty.Open(device);
                Console.Error.WriteLine($"LinuxVm: {device} is at {pty.Path}");
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

    /// <summary>Begins to give COM1 what is typed.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void Connect(PcMachine machine, Snapshots? snapshots) =>
        Connect(machine, snapshots, ConsoleInput.Of(machine.Serial));

    /// <summary>Begins to give a virtio console what is typed, and the terminal's size.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void Connect(PcMachine machine, Snapshots? snapshots, VirtioConsole console)
    {
        if (terminal is not null)
        {
            size = new WindowSize(console.Resize);
        }

        Connect(machine, snapshots, ConsoleInput.Of(console, 0));
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

    [KvmArchitectures(KvmArchitecture.X64)]
    private void Connect(PcMachine machine, Snapshots? snapshots, ConsoleInput guest)
    {
        if (input is not null)
        {
            EscapeKeys? keys = terminal is null ? null : new EscapeKeys(key => Command(machine, snapshots, key));
            new InputPump(input, guest, keys).Start();
        }
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private static void Command(PcMachine machine, Snapshots? snapshots, char key)
    {
        switch (key)
        {
            case 'x':
                machine.Stop();
                break;
            case 'p':
                machine.PressPowerButton();
                break;
            case 's' when snapshots is not null:
                snapshots.Request();
                break;
            case 'b':
                machine.Serial.ReceiveBreak();
                break;
            default:
                Console.Error.Write(EscapeKeys.Help);
                break;
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
