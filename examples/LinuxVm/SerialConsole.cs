using KvmInterop.Machine.Devices;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The other end of COM1: the terminal, a pseudo-terminal, a file, or nothing.</summary>
internal sealed class SerialConsole : IDisposable
{
    public const string Stdio = "stdio";
    private const string PseudoTerminal = "pty";
    private const string Nothing = "none";
    private const string FilePrefix = "file=";

    private readonly Stream? input;
    private readonly Stream? stream;
    private readonly StreamOutput? output;

    private SerialConsole(Stream? input, Stream? stream)
    {
        this.input = input;
        this.stream = stream;
        output = stream is null ? null : new StreamOutput(stream);
    }

    /// <summary>What the guest sends; null for nowhere.</summary>
    public IByteOutput? Output => output;

    public static SerialConsole Open(string where)
    {
        switch (where)
        {
            case Stdio:
                return new SerialConsole(Console.OpenStandardInput(), Example.OpenOutput());
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

    /// <summary>Begins to give the guest what is typed, on a thread of its own.</summary>
    public void Connect(Serial16550 serial)
    {
        if (input is not null)
        {
            new Thread(new SerialInput(input, serial).Run) { IsBackground = true, Name = "input" }.Start();
        }
    }

    /// <summary>Lets out what the guest has sent.</summary>
    public void Dispose()
    {
        output?.Dispose();
        stream?.Dispose();
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
