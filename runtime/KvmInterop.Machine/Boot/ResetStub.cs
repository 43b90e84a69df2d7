namespace KvmInterop.Machine.Boot;

/// <summary>
/// What a machine without firmware has where a BIOS begins, at f000:fff0: code that resets the machine.
/// </summary>
/// <remarks>
/// Linux gets there when it restarts by its BIOS (arch/x86/kernel/reboot.c, BOOT_BIOS), which it does on a machine
/// of hardware-reduced ACPI without being told. Without code there it would run through empty memory for ever.
/// </remarks>
public static class ResetStub
{
    /// <summary>f000:fff0, which is also ffff:0.</summary>
    public const ulong Address = 0xf_fff0;

    /// <summary>Writes it: 16-bit code for port 0xcf9.</summary>
    /// <param name="memory">The guest's.</param>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public static void Write(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Write(
            Address,
            [
                0xba, 0xf9, 0x0c, // mov dx, 0xcf9
                0xb0, 0x06, //       mov al, 6: reset, and now
                0xee, //             out dx, al
                0xf4, //             hlt
                0xeb, 0xfd, //       jmp to the hlt
            ]);
    }
}
