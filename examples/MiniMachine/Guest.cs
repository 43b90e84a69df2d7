using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Examples.MiniMachine;

/// <summary>
/// The guest: 16-bit programs for the first processor, for the others, and for two interrupts.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class Guest
{
    // Ports, and the 16-bit registers of the board.
    public const ushort ConsolePort = 0xe9;
    public const ushort TimerPorts = 0x100;
    public const ushort KeyboardPort = 0x110;
    public const ushort BoardPorts = 0x120;
    public const ushort BoardSize = 6;
    public const ushort ThisCpu = 0;
    public const ushort CpuCount = 2;
    public const ushort TickCount = 4;
    public const ushort PowerPort = 0x130;

    // Interrupt lines, and the vectors that the guest has them on.
    public const uint TimerLine = 5;
    public const uint KeyboardLine = 1;
    private const int PicVector = 0x20;
    private const int TimerVector = PicVector + (int)TimerLine;
    private const int KeyboardVector = 0x40;

    // Programs, the stack, and two words: processors that have come, and ticks.
    private const ulong First = 0x1000;
    private const int OthersPage = 2;
    private const ulong TimerHandler = 0x3000;
    private const ulong KeyboardHandler = 0x4000;
    private const ulong Stack = 0x8000;
    private const int Arrived = 0x600;
    private const int Ticks = 0x602;
    private const ushort TickMilliseconds = 20;

    // The 8259A (datasheet 231468); the I/O APIC (datasheet 290566, 3.1 and 3.2.4); the local APIC, and what
    // starts a processor (Intel SDM volume 3, 12.4.1, 12.6.1 and 10.4.4).
    private const byte Pic = 0x20;
    private const byte PicData = 0x21;
    private const byte PicEndOfInterrupt = 0x20;
    private const uint IoApicSelect = 0xfec00000;
    private const uint IoApicWindow = 0xfec00010;
    private const uint IoApicFirstEntry = 0x10;
    private const uint LevelTriggered = 1 << 15;
    private const uint ApicEndOfInterrupt = 0xfee000b0;
    private const uint ApicSpurious = 0xfee000f0;
    private const uint ApicEnabled = 0x1ff;
    private const uint ApicCommand = 0xfee00300;
    private const uint ApicCommandTarget = 0xfee00310;
    private const uint Init = 0x4500;
    private const uint Startup = 0x4600 | OthersPage;

    /// <summary>Puts programs and interrupt vectors into memory.</summary>
    public static void Load(GuestMemory memory)
    {
        Put(First, RunFirst);
        Put(OthersPage << 12, RunOther);
        Put(TimerHandler, HandleTimer);
        Put(KeyboardHandler, HandleKeyboard);
        memory.Write(TimerVector * 4, (uint)TimerHandler);
        memory.Write(KeyboardVector * 4, (uint)KeyboardHandler);

        void Put(ulong address, Action<Assembler> write) =>
            memory.Write(address, GuestImage.Assemble(write, address));
    }

    /// <summary>
    /// Sets the first processor to the guest's entry, with all segments at 0 and es 4 GiB long: the APICs'
    /// registers are just below that.
    /// </summary>
    public static void Start(Vcpu vcpu)
    {
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cs.@base = 0;
        special.cs.selector = 0;
        special.es.limit = uint.MaxValue;
        special.es.g = 1;
        vcpu.SetSpecialRegisters(in special);

        // Bit 1 of the flags is always set on x86.
        vcpu.SetRegisters(new kvm_regs { rip = First, rsp = Stack, rflags = 2 });
    }

    private static void RunFirst(Assembler guest)
    {
        Label next = guest.CreateLabel();
        Label wait = guest.CreateLabel();
        Label started = guest.CreateLabel();
        Label idle = guest.CreateLabel();
        SayCpu(guest);

        // One processor after the other, each when the one before has come.
        WriteApic(guest, ApicSpurious, ApicEnabled);
        guest.mov(ebx, 1);
        guest.Label(ref next);
        guest.mov(dx, BoardPorts + CpuCount);
        guest.@in(ax, dx);
        guest.cmp(bx, ax);
        guest.jae(started);
        guest.mov(eax, ebx);
        guest.shl(eax, 24);
        guest.mov(edx, ApicCommandTarget);
        guest.mov(__dword_ptr.es[edx], eax);
        WriteApic(guest, ApicCommand, Init);
        WriteApic(guest, ApicCommand, Startup);
        guest.Label(ref wait);
        guest.cmp(__word_ptr[Arrived], bx);
        guest.jb(wait);
        guest.inc(bx);
        guest.jmp(next);
        guest.Label(ref started);

        // The PIC: its initialization words, and all lines masked but the timer's. The I/O APIC: the
        // keyboard's line to the first processor. The timer: its period. The rest is done by interrupts.
        const byte TimerOnly = 0xff & ~(1 << (int)TimerLine);
        foreach ((byte port, byte value) in
            (ReadOnlySpan<(byte, byte)>)[(Pic, 0x11), (PicData, PicVector), (PicData, 4), (PicData, 1),
                (PicData, TimerOnly)])
        {
            guest.mov(al, value);
            guest.@out(port, al);
        }

        WriteApic(guest, IoApicSelect, IoApicFirstEntry + (2 * KeyboardLine));
        WriteApic(guest, IoApicWindow, KeyboardVector | LevelTriggered);
        guest.mov(dx, TimerPorts);
        guest.mov(ax, TickMilliseconds);
        guest.@out(dx, ax);
        guest.sti();
        guest.Label(ref idle);
        guest.hlt();
        guest.jmp(idle);
    }

    private static void RunOther(Assembler guest)
    {
        SayCpu(guest);
        guest.@lock.inc(__word_ptr[Arrived]);
        guest.cli();
        guest.hlt();
    }

    // A dot for each tick, and off after as many as the board says.
    private static void HandleTimer(Assembler guest)
    {
        Label again = guest.CreateLabel();
        Label end = guest.CreateLabel();
        guest.mov(dx, TimerPorts + 2);
        guest.@in(ax, dx);
        guest.mov(cx, ax);
        guest.Label(ref again);
        guest.jcxz(end);
        Say(guest, ".");
        guest.inc(__word_ptr[Ticks]);
        guest.mov(dx, BoardPorts + TickCount);
        guest.@in(ax, dx);
        guest.dec(cx);
        guest.cmp(__word_ptr[Ticks], ax);
        guest.jne(again);
        SwitchOff(guest);
        guest.Label(ref end);
        guest.mov(al, PicEndOfInterrupt);
        guest.@out(Pic, al);
        guest.iret();
    }

    // What is typed is printed; q switches off.
    private static void HandleKeyboard(Assembler guest)
    {
        Label next = guest.CreateLabel();
        Label end = guest.CreateLabel();
        guest.Label(ref next);
        guest.mov(dx, KeyboardPort);
        guest.@in(al, dx);
        guest.test(al, al);
        guest.jz(end);
        guest.mov(dx, ConsolePort);
        guest.@out(dx, al);
        guest.cmp(al, (byte)'q');
        guest.jne(next);
        SwitchOff(guest);
        guest.Label(ref end);
        WriteApic(guest, ApicEndOfInterrupt, 0);
        guest.iret();
    }

    private static void SwitchOff(Assembler guest)
    {
        Say(guest, "\n");
        guest.mov(dx, PowerPort);
        guest.@out(dx, al);
    }

    private static void SayCpu(Assembler guest)
    {
        Say(guest, "CPU ");
        guest.mov(dx, BoardPorts + ThisCpu);
        guest.@in(ax, dx);
        guest.add(al, (byte)'0');
        guest.mov(dx, ConsolePort);
        guest.@out(dx, al);
        Say(guest, "\n");
    }

    private static void Say(Assembler guest, string text)
    {
        guest.mov(dx, ConsolePort);
        foreach (char character in text)
        {
            guest.mov(al, (byte)character);
            guest.@out(dx, al);
        }
    }

    private static void WriteApic(Assembler guest, uint register, uint value)
    {
        guest.mov(edx, register);
        guest.mov(__dword_ptr.es[edx], value);
    }
}
