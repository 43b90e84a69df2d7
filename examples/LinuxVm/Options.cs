using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The command line.</summary>
internal static class Options
{
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

    public static Option<ulong?> Memory { get; } = MachineOptions.Memory(
        size => size is >= PcMemoryLayout.LeastSize and <= PcMemoryLayout.MostSize,
        "of 1M or more");

    public static Option<int> Cpus { get; } = NumberOption.Create(
        "--cpus", $"How many vCPUs, 1 to {PcCpu.MostCpus}", 1, 1, PcCpu.MostCpus);

    public static Option<bool> DebugExit { get; } = new("--debug-exit")
    {
        Description = "Let the guest end the machine with a status by port 0xf4; multiboot kernels always can",
    };

    private static Option<string?>[] Starts { get; } = [Kernel, Firmware, MachineOptions.Restore];

    // The last one: it is made of all others.
    public static RootCommand Command { get; } = Create();

    private static RootCommand Create()
    {
        RootCommand command = new("Boots Linux in a virtual PC.")
        {
            Kernel, Firmware, Raw, Initrd, Append, Memory, Cpus, BusOption.Virtio, DebugExit,
        };
        MachineOptions.AddTo(command);
        command.Validators.Add(result =>
        {
            int starts = Starts.Count(option => result.GetValue(option) is not null);
            if (starts == 0 && !result.GetValue(MachineOptions.Check))
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
            if (result.GetValue(Firmware) is not null && result.GetValue(BusOption.Virtio) is VirtioBus.Mmio)
            {
                result.AddError("--virtio mmio is for kernels, which ACPI tells of it; firmware finds devices on pci.");
            }
        });
        return command;
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
