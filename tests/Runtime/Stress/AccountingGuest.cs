using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>
/// A real-mode program that reads and writes a port and a memory-mapped register, halts now and then, and
/// keeps count of each. For a vCPU of a <see cref="Threads.SmpMachine"/>.
/// </summary>
internal static class AccountingGuest
{
    /// <summary>The offsets of a device's two registers: one is written, the other is read.</summary>
    public const int WriteRegister = 0;
    public const int ReadRegister = 4;

    /// <summary>Writing here says that the guest has put its counts down and is done.</summary>
    public const ushort EndPort = 0x80;

    /// <summary>A byte in the vCPU's segment; other than 0 asks the guest to come to its end.</summary>
    public const ulong EndFlag = 0x4200;

    /// <summary>Where the timer's handler is.</summary>
    public const ulong Handler = 0x2000;

    /// <summary>The vector of the local APIC's timer.</summary>
    public const int TimerVector = 0x40;

    // What the guest says at the end: 32 bits each.
    private const ulong Results = 0x4000;
    private const ulong Ticks = 0x4100;

    // Rounds between two halts.
    private const int HaltMask = 7;

    // The local APIC's registers in memory (Intel SDM volume 3, 12.4.1, 12.5.4 and 12.8.5).
    private const uint Apic = 0xfee00000;
    private const uint EndOfInterrupt = Apic + 0xb0;
    private const uint SpuriousVector = Apic + 0xf0;
    private const uint TimerEntry = Apic + 0x320;
    private const uint TimerInitialCount = Apic + 0x380;
    private const uint TimerDivide = Apic + 0x3e0;
    private const uint SoftwareEnabled = 0x1ff;
    private const uint Periodic = 1 << 17;
    private const uint DivideByOne = 0b1011;

    // KVM's local APIC counts nanoseconds: half a millisecond, above the least period that it accepts.
    private const uint Period = 500_000;

    /// <summary>The ports of a vCPU's device.</summary>
    public static ushort Port(int number) => (ushort)(0x100 + (0x10 * number));

    /// <summary>The same device's address.</summary>
    public static uint Address(int number) => 0xd0000000 + (0x1000 * (uint)number);

    /// <summary>The program of a vCPU.</summary>
    /// <param name="interrupts">Whether it sets up its local APIC's timer, without which only an exit of the
    /// halt wakes it.</param>
    public static void Program(Assembler guest, int number, bool interrupts)
    {
        Label again = guest.CreateLabel();
        Label wrong = guest.CreateLabel();
        Label done = guest.CreateLabel();
        if (interrupts)
        {
            StartTimer(guest);
        }

        // One counter for each kind of access, and one for halts.
        guest.xor(esi, esi);
        guest.xor(ebp, ebp);
        guest.xor(edi, edi);
        guest.xor(ebx, ebx);
        guest.xor(ecx, ecx);

        guest.Label(ref again);
        guest.cmp(__byte_ptr[(long)EndFlag], 0);
        guest.jne(done);
        guest.mov(dx, (ushort)(Port(number) + WriteRegister));
        guest.mov(eax, esi);
        guest.@out(dx, eax);
        guest.inc(esi);
        guest.mov(dx, (ushort)(Port(number) + ReadRegister));
        guest.@in(eax, dx);
        guest.cmp(eax, ebp);
        guest.jne(wrong);
        guest.inc(ebp);
        guest.mov(edx, Address(number));
        guest.mov(__dword_ptr.es[edx + WriteRegister], edi);
        guest.inc(edi);
        guest.mov(eax, __dword_ptr.es[edx + ReadRegister]);
        guest.cmp(eax, ebx);
        guest.jne(wrong);
        guest.inc(ebx);
        guest.test(bl, HaltMask);
        guest.jnz(again);
        guest.hlt();
        guest.inc(ecx);
        guest.jmp(again);

        guest.Label(ref wrong);
        guest.mov(__dword_ptr[(long)Results + 20], 1);
        guest.Label(ref done);
        guest.cli();
        guest.mov(__dword_ptr[(long)Results], esi);
        guest.mov(__dword_ptr[(long)Results + 4], ebp);
        guest.mov(__dword_ptr[(long)Results + 8], edi);
        guest.mov(__dword_ptr[(long)Results + 12], ebx);
        guest.mov(__dword_ptr[(long)Results + 16], ecx);
        guest.mov(dx, EndPort);
        guest.@out(dx, al);
    }

    /// <summary>The timer's handler: counts, and ends the interrupt.</summary>
    public static void HandleTimer(Assembler guest)
    {
        guest.push(edx);
        guest.inc(__dword_ptr[(long)Ticks]);
        guest.mov(edx, EndOfInterrupt);
        guest.mov(__dword_ptr.es[edx], 0);
        guest.pop(edx);
        guest.iret();
    }

    /// <summary>What the guest has counted.</summary>
    /// <param name="segment">The address of the vCPU's segment.</param>
    public static GuestAccount Read(GuestMemory memory, ulong segment)
    {
        uint At(ulong offset) => memory.Read<uint>(segment + offset);
        return new GuestAccount(
            new AccessAccount(At(Results), At(Results + 4)),
            new AccessAccount(At(Results + 8), At(Results + 12)),
            At(Results + 16), At(Ticks), IsWrong: At(Results + 20) != 0);
    }

    private static void StartTimer(Assembler guest)
    {
        Set(SpuriousVector, SoftwareEnabled);
        Set(TimerEntry, Periodic | TimerVector);
        Set(TimerDivide, DivideByOne);
        Set(TimerInitialCount, Period);
        guest.sti();

        void Set(uint register, uint value)
        {
            guest.mov(edx, register);
            guest.mov(__dword_ptr.es[edx], value);
        }
    }
}

/// <summary>Accesses of one kind that somebody has counted.</summary>
internal sealed record AccessAccount(uint Writes, uint Reads);

/// <summary>What a guest has counted.</summary>
/// <param name="IsWrong">A read gave another number than the next.</param>
internal sealed record GuestAccount(
    AccessAccount Ports, AccessAccount Memory, uint Halts, uint Ticks, bool IsWrong);
