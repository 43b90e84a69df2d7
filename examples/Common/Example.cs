using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples;

/// <summary>
/// What all examples share: the option for the device, exit codes, and errors in one sentence.
/// </summary>
public static class Example
{
    /// <summary>The guest or KVM failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a file named on it is wrong.</summary>
    public const int WrongInput = 2;

    private const int StandardOutput = 1;
    private const int BrokenPipe = 32; // EPIPE, which .NET hands on as the exception's HResult.

    /// <summary><c>--kvm PATH</c>.</summary>
    public static Option<string> KvmOption { get; } = new("--kvm")
    {
        Description = "The KVM device",
        HelpName = "path",
        DefaultValueFactory = _ => Kvm.DefaultDevicePath,
    };

    /// <summary>
    /// Standard output, unbuffered. Where it is a pipe it fails when the reader has gone, which the console's
    /// own stream does not: a guest without an end must not print to nobody for ever.
    /// </summary>
    public static Stream OpenOutput()
    {
        FileStream output =
            new(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // In a file, others with the same standard output go on where we end only if we write where the file
        // stands, and not at a position of our own.
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }

    /// <summary>
    /// Parses the command line and runs the example, and turns what goes wrong into a sentence.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="command">Description, options and arguments of the example.</param>
    /// <param name="run">The example; its token is cancelled by Ctrl-C and by SIGTERM.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, RootCommand command, Func<ParseResult, CancellationToken, int> run)
    {
        command.Options.Add(KvmOption);
        command.SetAction(result => Guard(() => WithInterrupts(token => run(result, token))));
        ParseResult parsed = command.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
        }

        string problems = string.Join(' ', parsed.Errors.Select(error => error.Message));
        return Complain($"{problems} See --help.", WrongInput);
    }

    /// <summary>Says on standard error what went wrong.</summary>
    /// <returns><paramref name="exitCode"/>.</returns>
    public static int Complain(string message, int exitCode = Failed)
    {
        string program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "example";
        Console.Error.WriteLine($"{program}: {message}");
        return exitCode;
    }

    private static int Guard(Func<int> run)
    {
        // What they run is x86 code, and its registers are set as x86 has them.
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return Complain("the guest is an x86 one; run this on an x86-64 machine");
        }

        try
        {
            return run();
        }
        catch (ExampleException e)
        {
            return Complain(e.Message, WrongInput);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            return Complain("nobody reads the output any more");
        }
        catch (Exception e) when (e is KvmException or NotSupportedException or IOException)
        {
            return Complain(e.Message);
        }
    }

    private static int WithInterrupts(Func<CancellationToken, int> run)
    {
        using CancellationTokenSource source = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return run(source.Token);

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true; // Not the end of the process: the run ends, and then the program in order.
            source.Cancel();
        }
    }
}
