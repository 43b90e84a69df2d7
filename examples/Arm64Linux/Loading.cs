using System.CommandLine;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>Puts what the command line names into the guest's memory.</summary>
internal static class Loading
{
    /// <summary>Kernel, device tree and file system.</summary>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public static void Load(Arm64Machine machine, ParseResult options) => WithFiles(
        options, (image, initrd) => machine.Load(image, options.GetRequiredValue(Options.Append), initrd));

    /// <summary>What would be said of the files, without a machine.</summary>
    public static IEnumerable<string> Check(ParseResult options)
    {
        if (options.GetValue(Options.Kernel) is null)
        {
            return [];
        }

        // Memory that belongs to no VM: a page of it is there when it is written.
        using GuestMemory memory = new();
        Arm64MemoryLayout layout = new(options.GetValue(Options.Memory) ?? MachineOptions.DefaultMemory);
        memory.Add(Arm64MemoryLayout.Start, layout.Size);
        try
        {
            WithFiles(options, (image, initrd) => image.Load(memory, layout, initrd, _ => []));
        }
        catch (BootImageException e)
        {
            return [e.Message];
        }

        return [];
    }

    private static void WithFiles(ParseResult options, Action<Arm64Image, BootFile?> load)
    {
        using BootFile kernel = BootFile.Open(options.GetRequiredValue(Options.Kernel)!, "kernel");
        using BootFile? initrd =
            options.GetValue(Options.Initrd) is string path ? BootFile.Open(path, "initrd") : null;
        load(Arm64Image.Read(kernel), initrd);
    }
}
