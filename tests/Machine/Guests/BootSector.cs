using Iced.Intel;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Guests;

/// <summary>A floppy disk with a boot sector that talks through a BIOS, and ends the machine.</summary>
internal static class BootSector
{
    /// <summary>What it prints first.</summary>
    public const string Greeting = "The boot sector says: type.";

    // 80 cylinders, 2 heads, 18 sectors of 512 bytes: by its size a BIOS knows the format.
    private const int FloppySize = 80 * 2 * 18 * 512;
    private const ushort LoadAddress = 0x7c00;
    private const int SignatureOffset = 510;
    private const ushort DebugExitPort = 0xf4;

    /// <summary>Prints the greeting (INT 10h), takes a key (INT 16h), and exits with it.</summary>
    public static byte[] Floppy()
    {
        byte[] disk = new byte[FloppySize];
        GuestMachine.Assemble(16, LoadAddress, Program).CopyTo(disk, 0);
        disk[SignatureOffset] = 0x55;
        disk[SignatureOffset + 1] = 0xaa;
        return disk;
    }

    private static void Program(Assembler guest)
    {
        foreach (char character in Greeting)
        {
            Print(guest, character);
        }

        guest.mov(ah, 0);
        guest.@int(0x16);
        guest.mov(dx, DebugExitPort);
        guest.@out(dx, al);
        guest.hlt();
    }

    private static void Print(Assembler guest, char character)
    {
        guest.mov(ax, (ushort)(0x0e00 | character));
        guest.mov(bx, 7);
        guest.@int(0x10);
    }
}
