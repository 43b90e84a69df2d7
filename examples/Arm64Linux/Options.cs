using System.CommandLine;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>The command line.</summary>
internal static class Options
{
    public static Option<string?> Kernel { get; } = new("--kernel")
    {
        Description = "The kernel: an arm64 Image, such as Debian's vmlinuz",
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
        DefaultValueFactory = _ => "console=ttyAMA0 panic=-1",
    };

    public static Option<ulong?> Memory { get; } =
        MachineOptions.Memory(Arm64MemoryLayout.IsSize, "a multiple of 2M, up to 256G");

    public static Option<int> Cpus { get; } = NumberOption.Create(
        "--cpus", "How many vCPUs", 1, 1, Arm64MachineOptions.MostCpus);

    // The last one: it is made of all others.
    public static RootCommand Command { get; } = Create();

    private static RootCommand Create()
    {
        RootCommand command = new("Boots Linux in an arm64 machine.") { Kernel, Initrd, Append, Memory, Cpus };
        MachineOptions.AddTo(command);
        command.Validators.Add(result =>
        {
            bool isNew = result.GetValue(Kernel) is not null;
            bool isSaved = result.GetValue(MachineOptions.Restore) is not null;
            if (isNew && isSaved)
            {
                result.AddError("--kernel and --restore exclude each other: one of them begins.");
            }
            else if (!isNew && !isSaved && !result.GetValue(MachineOptions.Check))
            {
                result.AddError(
                    "There is nothing to boot; name a kernel with --kernel or a snapshot with --restore.");
            }
        });
        return command;
    }
}
