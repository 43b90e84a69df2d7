using System.CommandLine;
using KvmInterop.Examples.Machines;
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
        if (options.GetValue(Options.Kernel) is null && options.GetValue(Options.Firmware) is null)
        {
            yield break;
        }

        // Memory that belongs to no VM: a page of it is there when it is written.
        using GuestMemory memory = new();
        PcMemoryLayout layout = new(options.GetValue(Options.Memory) ?? MachineOptions.DefaultMemory);
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

    /// <summary>Whether the kernel is loaded by the multiboot protocol.</summary>
    public static bool IsMultiboot(ParseResult options)
    {
        if (options.GetValue(Options.Kernel) is not string path)
        {
            return false;
        }

        using BootFile kernel = BootFile.Open(path, "kernel");
        return BootImageKinds.Detect(kernel) == BootImageKind.Multiboot;
    }

    private static X64StartState Load(
        GuestMemory memory, PcMemoryLayout layout, ulong? acpi, ParseResult options)
    {
        if (options.GetValue(Options.Firmware) is string rom)
        {
            using BootFile firmware = BootFile.Open(rom, "firmware");
            return Firmware.Load(memory, firmware);
        }

        using BootFile kernel = BootFile.Open(options.GetRequiredValue(Options.Kernel)!, "kernel");
        if (options.GetValue(Options.Raw) is uint address)
        {
            return RawImage.Load(memory, kernel, address);
        }

        BootImageKind kind = BootImageKinds.Detect(kernel);
        if (kind == BootImageKind.Multiboot)
        {
            return LoadMultiboot(memory, layout, kernel, options);
        }

        using BootFile? initrd = options.GetValue(Options.Initrd) is string path
            ? BootFile.Open(path, "initrd")
            : null;
        LinuxBootOptions linux = new()
        {
            CommandLine = options.GetValue(Options.Append) ?? "console=ttyS0 panic=-1",
            Initrd = initrd,
            AcpiRootTable = acpi,
        };
        return kind switch
        {
            BootImageKind.BzImage => BzImage.Read(kernel).Load(memory, layout, linux),
            BootImageKind.Vmlinux => Vmlinux.Read(kernel).Load(memory, layout, linux),
            _ => throw new BootImageException(
                $"the kernel {kernel.Name} is neither a bzImage nor an ELF file nor one with a multiboot header; "
                + "for 16-bit code without a format give --raw"),
        };
    }

    private static X64StartState LoadMultiboot(
        GuestMemory memory, PcMemoryLayout layout, BootFile kernel, ParseResult options)
    {
        List<MultibootModule> modules = [];
        try
        {
            foreach (string text in ModuleTexts(options.GetValue(Options.Initrd) ?? ""))
            {
                string file = text.Split(' ', 2)[0];
                modules.Add(new MultibootModule(BootFile.Open(file, "module"), text));
            }

            return MultibootImage.Read(kernel).Load(
                memory, layout, options.GetValue(Options.Append) ?? "", [.. modules]);
        }
        finally
        {
            modules.ForEach(module => module.File.Dispose());
        }
    }

    // As QEMU has it: what is an initrd for Linux is a list of modules here, each a file with what the kernel is
    // told behind it. Two commas are one that belongs to the text.
    private static IEnumerable<string> ModuleTexts(string list) => list
        .Replace(",,", "\0", StringComparison.Ordinal)
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(text => text.Replace('\0', ',').TrimStart(' '))
        .Where(text => text.Length > 0);
}
