using System.CommandLine;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>Puts what the command line names into the guest's memory.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class Loading
{
    public static X64StartState Load(PcMachine machine, ParseResult options) =>
        Load(machine.Memory, machine.Layout, machine.AcpiRootTable, options);

    /// <summary>What would be said of the files, without a machine.</summary>
    public static IEnumerable<string> Check(ParseResult options)
    {
        if (options.GetValue(Options.Kernel) is null)
        {
            yield break;
        }

        // Memory that belongs to no VM: a page of it is there when it is written.
        using GuestMemory memory = new();
        PcMemoryLayout layout = new(options.GetRequiredValue(Options.Memory));
        layout.AddTo(memory);
        string? problem = null;
        try
        {
            Load(memory, layout, null, options);
        }
        catch (BootImageException e)
        {
            problem = e.Message;
        }

        if (problem is not null)
        {
            yield return problem;
        }
    }

    private static X64StartState Load(
        GuestMemory memory, PcMemoryLayout layout, ulong? acpi, ParseResult options)
    {
        using BootFile kernel = BootFile.Open(options.GetRequiredValue(Options.Kernel)!, "kernel");
        using BootFile? initrd = options.GetValue(Options.Initrd) is string path
            ? BootFile.Open(path, "initrd")
            : null;
        return BzImage.Read(kernel).Load(memory, layout, new LinuxBootOptions
        {
            CommandLine = options.GetRequiredValue(Options.Append),
            Initrd = initrd,
            AcpiRootTable = acpi,
        });
    }
}
