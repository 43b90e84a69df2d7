using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The other end of COM1: the terminal, a pseudo-terminal, a file, or nothing.</summary>
internal sealed class SerialConsole : IDisposable
{
    public const string Stdio = "stdio";
    private const int StandardInput = 0;
    private const string PseudoTerminal = "pty";
    private const string Nothing = "none";
    private const string FilePrefix = "file=";

    private readonly Stream? input;
    private readonly Stream? stream;
    private readonly StreamOutput? output;
    private readonly Terminal? terminal;

    private SerialConsole(Stream? input, Stream? stream, Terminal? terminal = null)
    {
        this.input = input;
        this.stream = stream;
        this.terminal = terminal;
        output = stream is null ? null : new StreamOutput(stream);
    }

    /// <summary>What the guest sends; null for nowhere.</summary>
    public IByteOutput? Output => output;

    public static SerialConsole Open(string where)
    {
        switch (where)
        {
            case Stdio:
                // Not the console's own stream, which reads a terminal line by line.
                FileStream keys = new(
                    new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);
                return new SerialConsole(keys, Example.OpenOutput(), Terminal.Open());
            case PseudoTerminal:
                (Stream master, string path) = Pty.Open();
                Console.Error.WriteLine($"LinuxVm: COM1 is at {path}");
                return new SerialConsole(master, master);
            case Nothing:
                return new SerialConsole(null, null);
            case var _ when where.StartsWith(FilePrefix, StringComparison.Ordinal):
                return new SerialConsole(null, OpenFile(where[FilePrefix.Length..]));
            default:
                throw new ExampleException(
                    $"--serial takes {Stdio}, {PseudoTerminal}, {Nothing} or {FilePrefix}PATH, not '{where}'");
        }
    }

    /// <summary>Begins to give the machine what is typed.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void Connect(PcMachine machine, Snapshots? snapshots)
    {
        if (input is not null)
        {
            EscapeKeys? keys = terminal is null ? null : new EscapeKeys(key => Command(machine, snapshots, key));
            new SerialInput(input, machine.Serial, keys).Start();
        }
    }

    /// <summary>Lets out what the guest has sent, and gives the terminal back.</summary>
    public void Dispose()
    {
        output?.Dispose();
        terminal?.Dispose();
        stream?.Dispose();
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

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ExampleException(
                $"the file '{path}' for COM1 cannot be written: {e.Message.TrimEnd('.')}");
        }
    }
}
