using System.CommandLine;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>The command line.</summary>
internal static class Options
{
    private const int DefaultMemory = 256;
    private const int MostMemory = 256 << 10;

    public static Option<string> Kernel { get; } = new("--kernel")
    {
        Description = "The kernel: an arm64 Image, such as Debian's vmlinuz",
        HelpName = "file",
        Required = true,
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
        DefaultValueFactory = _ => "console=ttyAMA0 panic=-1",
    };

    public static Option<string[]> Disks { get; } = new("--disk")
    {
        Description = "A disk: a raw image; with ,ro behind it read-only. As often as wanted",
        HelpName = "file",
    };

    public static Option<int> Memory { get; } = Number(
        new("--memory") { Description = "Memory in MiB, an even number", HelpName = "MiB" },
        DefaultMemory, 2, MostMemory, step: 2);

    public static Option<int> Cpus { get; } = Number(
        new("--cpus") { Description = "How many vCPUs", HelpName = "n" },
        1, 1, Arm64MachineOptions.MostCpus, step: 1);

    public static RootCommand Command { get; } = new("Boots Linux in an arm64 machine.")
    {
        Kernel, Initrd, Append, Disks, Memory, Cpus,
    };

    private static Option<int> Number(Option<int> option, int standard, int least, int most, int step)
    {
        option.DefaultValueFactory = _ => standard;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }]
                && !(int.TryParse(text, out int n) && n >= least && n <= most && n % step == 0))
            {
                string kind = step == 1 ? "a number" : "an even number";
                result.AddError($"{option.Name} takes {kind} from {least} to {most:#,0}, not '{text}'.");
            }
        });
        return option;
    }
}
