using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The command line.</summary>
internal static class Options
{
    internal const ulong DefaultMemory = 256 << 20;

    public static Option<string?> Kernel { get; } = new("--kernel")
    {
        Description = "The kernel: a Linux bzImage or vmlinux, or a multiboot kernel",
        HelpName = "file",
    };

    public static Option<string?> Firmware { get; } = new("--firmware")
    {
        Description = "A firmware ROM in place of a kernel, such as SeaBIOS or U-Boot",
        HelpName = "file",
    };

    public static Option<uint?> Raw { get; } = new("--raw")
    {
        Description = "The kernel is 16-bit code without a format, for this address, a multiple of 16",
        HelpName = "address",
        CustomParser = ParseAddress,
    };

    public static Option<string?> Initrd { get; } = new("--initrd")
    {
        Description = "The first file system; for a multiboot kernel modules, as in 'file arguments,file'",
        HelpName = "file",
    };

    public static Option<string?> Append { get; } = new("--append")
    {
        Description = "The kernel's command line [default for Linux: console=ttyS0 panic=-1]",
        HelpName = "text",
    };

    public static Option<ulong?> Memory { get; } = new("--memory")
    {
        Description = $"Memory in MiB, or with K, M, G or T behind [default: {DefaultMemory >> 20}]",
        HelpName = "size",
        CustomParser = ParseSize,
    };

    public static Option<int> Cpus { get; } = new("--cpus")
    {
        Description = $"How many vCPUs, 1 to {PcCpu.MostCpus}",
        HelpName = "n",
        DefaultValueFactory = _ => 1,
    };

    public static Option<string?> Serial { get; } = new("--serial")
    {
        Description = "Where COM1 goes: stdio, pty, none or file=PATH [default: stdio, if --console does not go there]",
        HelpName = "where",
    };

    public static Option<string?> Console { get; } = new("--console")
    {
        Description = "A virtio console (hvc0), and where it goes, as for --serial; it follows the terminal's size",
        HelpName = "where",
    };

    public static Option<string?> Snapshot { get; } = new("--snapshot")
    {
        Description = "Where SIGUSR1 and Ctrl-A s save the machine, which then goes on",
        HelpName = "folder",
    };

    public static Option<string?> Restore { get; } = new("--restore")
    {
        Description = "Go on with a saved machine; give it the same devices",
        HelpName = "folder",
    };

    public static Option<string?> Trace { get; } = new("--trace")
    {
        Description = "Write each exit to a file",
        HelpName = "file",
    };

    public static Option<bool> DebugExit { get; } = new("--debug-exit")
    {
        Description = "Let the guest end the machine with a status by port 0xf4; multiboot kernels always can",
    };

    public static Option<bool> Check { get; } = new("--check")
    {
        Description = "Say what this host can do, and what of the request it cannot, and do nothing else",
    };

    private static Option<string?>[] Starts { get; } = [Kernel, Firmware, Restore];

    // The last one: it is made of all others.
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
            Kernel, Firmware, Raw, Initrd, Append, Memory, Cpus, Serial, Console, DeviceOptions.Disk, DeviceOptions.Net,
            DeviceOptions.Share, DeviceOptions.Vsock, DeviceOptions.Rng, DeviceOptions.Balloon, DeviceOptions.Port,
            DeviceOptions.Virtio, Snapshot, Restore, Trace, DebugExit, Check,
        };
        command.Validators.Add(result =>
        {
            int starts = Starts.Count(option => result.GetValue(option) is not null);
            if (starts == 0 && !result.GetValue(Check))
            {
                result.AddError(
                    "There is nothing to boot; name a kernel with --kernel, a ROM with --firmware or a snapshot "
                    + "with --restore.");
            }
            else if (starts > 1)
            {
                result.AddError("--kernel, --firmware and --restore exclude each other: one of them begins.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(Serial) == GuestConsole.Stdio && result.GetValue(Console) == GuestConsole.Stdio)
            {
                result.AddError("--serial and --console cannot both go to stdio; give one of them another place.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(Firmware) is not null && result.GetValue(DeviceOptions.Virtio) is VirtioBus.Mmio)
            {
                result.AddError("--virtio mmio is for kernels, which ACPI tells of it; firmware finds devices on pci.");
            }
        });
        return command;
    }

    private static ulong? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (SizeText.TryParse(text, out ulong size)
            && size is >= PcMemoryLayout.LeastSize and <= PcMemoryLayout.MostSize)
        {
            return size;
        }

        result.AddError(
            $"--memory takes a number of MiB, or one with K, M, G or T behind it, of 1M or more, not '{text}'.");
        return 0;
    }

    private static uint? ParseAddress(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (uint.TryParse(
            isHex ? text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture, out uint address)
            && address % 16 == 0 && address < PcMemoryLayout.HighMemoryStart)
        {
            return address;
        }

        result.AddError($"--raw takes a multiple of 16 below 0x100000, not '{text}'.");
        return null;
    }
}
