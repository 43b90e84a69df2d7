using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using KvmInterop.Machine;

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

    private const int BrokenPipe = 32; // EPIPE, which .NET hands on as the exception's HResult.

    /// <summary><c>--kvm PATH</c>.</summary>
    public static Option<string> KvmOption => SharedOptions.Kvm;

    /// <summary><c>--stats</c>; see <see cref="StatisticsView"/>.</summary>
    public static Option<bool> StatisticsOption => SharedOptions.Statistics;

    /// <summary><c>--gdb PORT</c>; see <see cref="GuestRun"/>.</summary>
    public static Option<int?> GdbOption => SharedOptions.Gdb;

    /// <summary>
    /// Standard output, unbuffered. It fails when the reader of a pipe has gone, which the console's own stream
    /// does not: a guest without an end must not print to nobody for ever.
    /// </summary>
    public static Stream OpenOutput() => new StandardOutput();

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
        command.Options.Add(StatisticsOption);
        command.Options.Add(GdbOption);
        command.SetAction(result => Guard(() => WithInterrupts(token => run(result, token))));
        ParseResult parsed = command.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
        }

        string problems = string.Join(' ', parsed.Errors.Select(error => error.Message));
        return Complain($"{problems} See --help.", WrongInput);
    }

    /// <summary>As the other one, for an example with no more than the options that all have.</summary>
    /// <remarks>
    /// A command line without anything on it is not given to System.CommandLine: loading that takes longer
    /// than the whole of a small guest. Nor are signals taken then, for which .NET starts a thread: Ctrl-C ends
    /// the process, and with it the VM. So this is for a guest that soon ends by itself.
    /// </remarks>
    /// <param name="args">The command line.</param>
    /// <param name="description">What the example does, for <c>--help</c>.</param>
    /// <param name="run">The example, given the options and the token.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        string[] args, string description, Func<ExampleOptions, CancellationToken, int> run) =>
        args is []
            ? Guard(() => run(new ExampleOptions(), CancellationToken.None))
            : Parse(args, description, run);

    // Apart, so that only a command line with something on it loads System.CommandLine.
    private static int Parse(
        string[] args, string description, Func<ExampleOptions, CancellationToken, int> run) =>
        Run(args, new RootCommand(description), (parsed, token) => run(parsed, token));

    /// <summary>As the other one, for a program whose one option is the device.</summary>
    /// <remarks>
    /// Does without System.CommandLine, so that the program needs nothing beside .NET's own assemblies and
    /// KvmInterop's: small enough to be carried into a machine that has no more.
    /// </remarks>
    /// <param name="args">The command line.</param>
    /// <param name="description">What the example does, for <c>--help</c>.</param>
    /// <param name="run">The example, given the device's path and the token.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, string description, Func<string, CancellationToken, int> run)
    {
        switch (args)
        {
            case []:
                return Guard(() => WithInterrupts(token => run(Kvm.DefaultDevicePath, token)));
            case ["--kvm", var path]:
                return Guard(() => WithInterrupts(token => run(path, token)));
            case ["--help" or "-h" or "-?"]:
                Console.Out.WriteLine($"{description}\n\nOptions:\n  --kvm <path>  The KVM device "
                    + $"[default: {Kvm.DefaultDevicePath}]\n  --help        Show this help");
                return 0;
            case ["--kvm"]:
                return Complain("Required argument missing for option: '--kvm'. See --help.", WrongInput);
            default:
                string first = args.First(argument => argument != "--kvm");
                return Complain($"Unrecognized command or argument '{first}'. See --help.", WrongInput);
        }
    }

    /// <summary>Says on standard error what went wrong.</summary>
    /// <returns><paramref name="exitCode"/>.</returns>
    public static int Complain(string message, int exitCode = Failed)
    {
        // The program's own file, also where "dotnet" is what the process was started from.
        string program = Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0]);
        Console.Error.WriteLine($"{program}: {message}");
        return exitCode;
    }

    /// <summary>
    /// As the other one, for a guest that ended as it should not have: below the sentence are the vCPU's
    /// registers and its next instructions.
    /// </summary>
    /// <returns><see cref="Failed"/>.</returns>
    public static int Complain(string message, Vcpu vcpu, GuestMemory memory)
    {
        int exitCode = Complain(message);
        StopReport.Take(vcpu, memory).Write(Console.Error);
        return exitCode;
    }

    // Apart, so that only a guest that failed loads what knows registers.
    private static int Complain(GuestFailedException e)
    {
        int exitCode = Complain(e.Message);
        e.Report.Write(Console.Error);
        return exitCode;
    }

    private static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (ExampleException e)
        {
            return Complain(e.Message, WrongInput);
        }
        catch (GuestFailedException e)
        {
            return Complain(e);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            return Complain("nobody reads the output any more");
        }
        catch (Exception e) when (e is KvmException or NotSupportedException or IOException
            or UnauthorizedAccessException)
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

    // Apart, so that a program which does without System.CommandLine does not load it for this.
    private static class SharedOptions
    {
        public static readonly Option<string> Kvm = new("--kvm")
        {
            Description = "The KVM device",
            HelpName = "path",
            DefaultValueFactory = _ => KvmInterop.Kvm.DefaultDevicePath,
        };

        public static readonly Option<bool> Statistics = new("--stats")
        {
            Description = "Show exits and the kernel's statistics on standard error, live on a terminal",
        };

        public static readonly Option<int?> Gdb = MakeGdb();

        private static Option<int?> MakeGdb()
        {
            Option<int?> option = new("--gdb")
            {
                Description = "Wait for GDB on this TCP port of the loopback address before the guest begins",
                HelpName = "port",
            };
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var text }]
                    && !(int.TryParse(text, out int port) && port is > 0 and <= IPEndPoint.MaxPort))
                {
                    result.AddError($"--gdb takes a port from 1 to {IPEndPoint.MaxPort}, not '{text}'.");
                }
            });
            return option;
        }
    }
}
