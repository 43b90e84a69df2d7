using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The command line.</summary>
internal static class Options
{
    private const ulong DefaultMemory = 256 << 20;

    public static Option<string?> Kernel { get; } = new("--kernel")
    {
        Description = "The kernel: a Linux bzImage",
        HelpName = "file",
    };

    public static Option<string?> Initrd { get; } = new("--initrd")
    {
        Description = "The first file system",
        HelpName = "file",
    };

    public static Option<string> Append { get; } = new("--append")
    {
        Description = "The kernel's command line",
        HelpName = "text",
        DefaultValueFactory = _ => "console=ttyS0 panic=-1",
    };

    public static Option<ulong> Memory { get; } = new("--memory")
    {
        Description = "Memory in MiB, or with K, M, G or T behind",
        HelpName = "size",
        CustomParser = ParseSize,
        DefaultValueFactory = _ => DefaultMemory,
    };

    public static Option<int> Cpus { get; } = new("--cpus")
    {
        Description = $"How many vCPUs, 1 to {PcCpu.MostCpus}",
        HelpName = "n",
        DefaultValueFactory = _ => 1,
    };

    public static Option<string> Serial { get; } = new("--serial")
    {
        Description = "Where COM1 goes: stdio, pty, none or file=PATH",
        HelpName = "where",
        DefaultValueFactory = _ => SerialConsole.Stdio,
    };

    public static Option<bool> DebugExit { get; } = new("--debug-exit")
    {
        Description = "Let the guest end the machine with a status by port 0xf4; multiboot kernels always can",
    };

    public static Option<bool> Check { get; } = new("--check")
    {
        Description = "Say what this host can do, and what of the request it cannot, and do nothing else",
    };

    public static RootCommand Command { get; } = Create();

    private static RootCommand Create()
    {
        Cpus.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out int n)
                && n is >= 1 and <= PcCpu.MostCpus))
            {
                result.AddError($"--cpus takes a number from 1 to {PcCpu.MostCpus}, not '{text}'.");
            }
        });
        RootCommand command = new("Boots Linux in a virtual PC.")
        {
            Kernel, Initrd, Append, Memory, Cpus, Serial, DebugExit, Check,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Kernel) is null && !result.GetValue(Check))
            {
                result.AddError("--kernel names no file: there is nothing to boot.");
            }
        });
        return command;
    }

    private static ulong ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int shift = char.ToUpperInvariant(text.Length > 0 ? text[^1] : ' ') switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        string number = shift == 0 ? text : text[..^1];
        shift = shift == 0 ? 20 : shift;
        const ulong Page = 0x1000;
        if (ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size)
            && size <= ulong.MaxValue >> shift && size << shift >= PcMemoryLayout.LeastSize
            && size << shift <= PcMemoryLayout.MostSize && (size << shift) % Page == 0)
        {
            return size << shift;
        }

        result.AddError(
            $"--memory takes a number of MiB, or one with K, M, G or T behind it, of 1M or more, not '{text}'.");
        return 0;
    }
}
