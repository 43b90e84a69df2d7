namespace KvmInterop.Machine.Boot;

/// <summary>What a Linux kernel is given at its start.</summary>
public sealed record LinuxBootOptions
{
    /// <summary>The kernel's parameters; without characters outside of what fits a C string.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The first file system, or null.</summary>
    public BootFile? Initrd { get; init; }

    /// <summary>Where the root table of ACPI (RSDP) lies, or null where there is none.</summary>
    public ulong? AcpiRootTable { get; init; }

    /// <summary>Whether the 32-bit entry is taken although the kernel has a 64-bit one.</summary>
    public bool Use32BitEntry { get; init; }

    /// <summary>Whether an ELF kernel is entered as Linux has it although it has a PVH entry.</summary>
    public bool UsesLinuxEntry { get; init; }
}
