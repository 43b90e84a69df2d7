using System.CommandLine;
using System.CommandLine.Parsing;

namespace KvmInterop.Examples.Machines;

/// <summary>What the command lines of programs that boot a machine have in common, beside its devices.</summary>
public static class MachineOptions
{
    /// <summary>Bytes of memory where nothing is said.</summary>
    public const ulong DefaultMemory = 256 << 20;

    /// <summary><c>--serial WHERE</c>.</summary>
    public static Option<string?> Serial { get; } = new("--serial")
    {
        Description = "Where the serial port goes: stdio, pty, none or file=PATH [default: stdio, if --console does "
            + "not go there]",
        HelpName = "where",
    };

    /// <summary><c>--console WHERE</c>.</summary>
    public static Option<string?> Console { get; } = new("--console")
    {
        Description = "A virtio console (hvc0), and where it goes, as for --serial; it follows the terminal's size",
        HelpName = "where",
    };

    /// <summary><c>--snapshot DIR</c>.</summary>
    public static Option<string?> Snapshot { get; } = new("--snapshot")
    {
        Description = "Where SIGUSR1 and Ctrl-A s save the machine, which then goes on",
        HelpName = "folder",
    };

    /// <summary><c>--restore DIR</c>.</summary>
    public static Option<string?> Restore { get; } = new("--restore")
    {
        Description = "Go on with a saved machine; give it the same devices",
        HelpName = "folder",
    };

    /// <summary><c>--trace FILE</c>.</summary>
    public static Option<string?> Trace { get; } = new("--trace")
    {
        Description = "Write each exit to a file",
        HelpName = "file",
    };

    /// <summary><c>--check</c>.</summary>
    public static Option<bool> Check { get; } = new("--check")
    {
        Description = "Say what this host can do, and what of the request it cannot, and do nothing else",
    };

    /// <summary><c>--memory SIZE</c>, in bytes; null where nothing is said.</summary>
    /// <param name="isSize">Whether a machine can have so many bytes.</param>
    /// <param name="which">A clause: which sizes those are.</param>
    public static Option<ulong?> Memory(Func<ulong, bool> isSize, string which) => new("--memory")
    {
        Description = $"Memory in MiB, or with K, M, G or T behind [default: {DefaultMemory >> 20}]",
        HelpName = "size",
        CustomParser = result => ParseSize(result, isSize, which),
    };

    /// <summary>Adds all of them to a command, and the devices.</summary>
    public static void AddTo(RootCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        Option[] all =
        [
            Serial, Console, DeviceOptions.Disk, DeviceOptions.Net, DeviceOptions.Share, DeviceOptions.Vsock,
            DeviceOptions.Rng, DeviceOptions.Balloon, DeviceOptions.Port, Snapshot, Restore, Trace, Check,
        ];
        Array.ForEach(all, command.Options.Add);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Serial) == GuestConsole.Stdio && result.GetValue(Console) == GuestConsole.Stdio)
            {
                result.AddError("--serial and --console cannot both go to stdio; give one of them another place.");
            }
        });
    }

    private static ulong? ParseSize(ArgumentResult result, Func<ulong, bool> isSize, string which)
    {
        string text = result.Tokens[0].Value;
        if (SizeText.TryParse(text, out ulong size) && isSize(size))
        {
            return size;
        }

        result.AddError(
            $"--memory takes a number of MiB, or one with K, M, G or T behind it, {which}, not '{text}'.");
        return 0;
    }
}
