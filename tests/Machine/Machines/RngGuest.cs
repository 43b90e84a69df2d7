using Iced.Intel;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;
using KvmInterop.Tests.Runtime.Machines;
using Register = KvmInterop.Machine.Virtio.VirtioPciRegister;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>
/// A guest that looks for an entropy device on the PCI bus (virtio 1.2, 4.1 and 5.4), asks it for bytes and takes
/// its interrupt, as an operating system would, in flat 32-bit code.
/// </summary>
internal sealed class RngGuest
{
    /// <summary>Where it leaves the configuration address of the device that it found, and its two base
    /// addresses.</summary>
    public const uint Found = 0x3000;

    /// <summary>Where it counts interrupts.</summary>
    public const uint Interrupts = 0x3010;

    /// <summary>Where the bytes of each request go, <see cref="BytesOfRequest"/> of each.</summary>
    public const uint Buffer = 0x7000;

    public const uint BytesOfRequest = 32;

    private const uint Entry = 0x10_0000;
    private const uint Stack = 0x2000;
    private const uint InterruptTable = 0x2000;
    private const uint InterruptTableRegister = 0x2ff0;
    private const uint HandlerEntry = 0x11_0000;
    private const uint Descriptors = 0x4000;
    private const uint Available = 0x5000;
    private const uint Used = 0x6000;
    private const uint QueueSize = 8;

    // 0x1040 and the type (4.1.2), and the capability of MSI-X (PCI 3.0, 6.8.2).
    private const uint Device = 0x1044_1af4;
    private const byte MsixCapability = 0x11;

    // Local APIC (Intel SDM volume 3, 10.4 and 10.8.4) and I/O APIC (82093AA, 3.0).
    private const uint Apic = 0xfee0_0000;
    private const uint SpuriousVector = Apic + 0xf0;
    private const uint EndOfInterrupt = Apic + 0xb0;
    private const uint IoApic = 0xfec0_0000;
    private const byte Vector = 0x41;
    private const uint LevelTriggered = 1 << 15;

    private readonly bool usesMessages;
    private readonly uint pin;

    private RngGuest(bool usesMessages, uint pin)
    {
        this.usesMessages = usesMessages;
        this.pin = pin;
    }

    /// <summary>Puts it into a machine.</summary>
    /// <param name="machine">With an entropy device and COM1.</param>
    /// <param name="requests">How many it makes. Before each but the first it waits for a character on COM1, and
    /// says so by one of its own.</param>
    /// <param name="usesMessages">By MSI-X, or by the pin.</param>
    /// <param name="pin">The I/O APIC's, where ACPI says that the device's pin goes.</param>
    public static void Load(PcMachine machine, int requests, bool usesMessages = true, uint pin = 0)
    {
        RngGuest guest = new(usesMessages, pin);
        machine.Memory.Write(Entry, GuestMachine.Assemble(32, Entry, a => guest.Program(a, requests)));
        machine.Memory.Write(HandlerEntry, GuestMachine.Assemble(32, HandlerEntry, guest.Handler));
        FlatSegments.Write(machine.Memory, BootAddresses.DescriptorTable);

        // An interrupt gate (Intel SDM volume 3, 6.11), and what LIDT takes.
        const ulong Gate = 0x8e00UL << 32 | (ulong)FlatSegments.CodeSelector << 16;
        machine.Memory.Write(
            InterruptTable + (8 * Vector), Gate | (HandlerEntry & 0xffff) | (ulong)(HandlerEntry >> 16) << 48);
        machine.Memory.Write<ushort>(InterruptTableRegister, 0x7ff);
        machine.Memory.Write(InterruptTableRegister + 2, InterruptTable);
        machine.StartState = X64StartState.Flat32(Entry);
    }

    // edi is the device's configuration address, ebx its registers.
    private void Program(Assembler a, int requests)
    {
        a.mov(esp, Stack);
        a.lidt(__[InterruptTableRegister]);
        Find(a);
        Store(a, SpuriousVector, 0x1ff);
        if (usesMessages)
        {
            ProgramVector(a);
        }
        else
        {
            ProgramPin(a);
        }

        SetUpDevice(a);
        for (int i = 0; i < requests; i++)
        {
            if (i > 0)
            {
                WaitForCharacter(a);
            }

            Request(a, (uint)i);
            TakeInterrupt(a, (uint)i + 1);
        }

        a.mov(eax, 4);
        a.@out(0xf4, eax);
    }

    // All 32 devices of the bus; without one it ends the machine by another status.
    private static void Find(Assembler a)
    {
        Label next = a.CreateLabel();
        Label found = a.CreateLabel();
        a.mov(edi, 0x8000_0000);
        a.Label(ref next);
        ReadConfig(a, 0);
        a.cmp(eax, Device);
        a.je(found);
        a.add(edi, 1 << 11);
        a.cmp(edi, 0x8001_0000);
        a.jb(next);
        a.mov(eax, 1);
        a.@out(0xf4, eax);
        a.Label(ref found);
        a.mov(__dword_ptr[Found], edi);
        ReadConfig(a, 0x14);
        a.mov(__dword_ptr[Found + 8], eax);
        a.mov(ebp, eax);
        ReadConfig(a, 0x10);
        a.mov(__dword_ptr[Found + 4], eax);
        a.mov(ebx, eax);
    }

    // Entry 1 of the table at base address 1, then the capability's enable bit.
    private static void ProgramVector(Assembler a)
    {
        const int VectorEntry = 16;
        a.mov(__dword_ptr[ebp + VectorEntry], Apic);
        a.mov(__dword_ptr[ebp + VectorEntry + 4], 0);
        a.mov(__dword_ptr[ebp + VectorEntry + 8], Vector);
        a.mov(__dword_ptr[ebp + VectorEntry + 12], 0);

        Label next = a.CreateLabel();
        Label found = a.CreateLabel();
        ReadConfig(a, 0x34);
        a.Label(ref next);
        a.movzx(esi, al);
        a.mov(ecx, edi);
        a.add(ecx, esi);
        ReadConfigAt(a);
        a.cmp(al, MsixCapability);
        a.je(found);
        a.shr(eax, 8);
        a.jmp(next);
        a.Label(ref found);
        a.or(eax, 0x8000_0000);
        a.mov(edx, 0xcfc);
        a.@out(dx, eax);
    }

    // The two 8259A have the line too; they are masked.
    private void ProgramPin(Assembler a)
    {
        a.mov(al, 0xff);
        a.@out(0x21, al);
        a.@out(0xa1, al);
        Store(a, IoApic, 0x10 + (2 * pin));
        Store(a, IoApic + 0x10, Vector | LevelTriggered);
        Store(a, IoApic, 0x11 + (2 * pin));
        Store(a, IoApic + 0x10, 0);
    }

    // 3.1.1 and 4.1.5: acknowledge, driver, VIRTIO_F_VERSION_1, features, the queue, driver is ready.
    private void SetUpDevice(Assembler a)
    {
        Status(a, 0);
        Status(a, 3);
        a.mov(__dword_ptr[ebx + Register.DriverFeatureSelect], 1);
        a.mov(__dword_ptr[ebx + Register.DriverFeature], 1);
        Status(a, 11);
        a.mov(__word_ptr[ebx + Register.QueueSelect], 0);
        a.mov(__word_ptr[ebx + Register.QueueSize], (short)QueueSize);
        a.mov(__word_ptr[ebx + Register.QueueMsixVector], (short)(usesMessages ? 1 : -1));
        foreach ((int register, uint address) in ((int, uint)[])
            [(Register.QueueDesc, Descriptors), (Register.QueueDriver, Available), (Register.QueueDevice, Used)])
        {
            a.mov(__dword_ptr[ebx + register], address);
            a.mov(__dword_ptr[ebx + register + 4], 0);
        }

        a.mov(__word_ptr[ebx + Register.QueueEnable], 1);
        Status(a, 15);
    }

    // A writable descriptor, its place in the available ring, the bell; then until the used ring has it.
    private static void Request(Assembler a, uint number)
    {
        const uint Writable = 2;
        uint descriptor = Descriptors + (16 * number);
        Store(a, descriptor, Buffer + (BytesOfRequest * number));
        Store(a, descriptor + 4, 0);
        Store(a, descriptor + 8, BytesOfRequest);
        Store(a, descriptor + 12, Writable);
        a.mov(__word_ptr[Available + 4 + (2 * number)], (short)number);
        a.mov(__word_ptr[Available + 2], (short)(number + 1));
        a.mov(__word_ptr[ebx + 0x3000], 0);
        Label wait = a.CreateLabel();
        a.Label(ref wait);
        a.cmp(__word_ptr[Used + 2], (short)(number + 1));
        a.jne(wait);
    }

    // Lets it in; each request has one.
    private static void TakeInterrupt(Assembler a, uint number)
    {
        Label wait = a.CreateLabel();
        a.sti();
        a.Label(ref wait);
        a.cmp(__dword_ptr[Interrupts], number);
        a.jne(wait);
        a.cli();
    }

    // Reading the ISR status lowers the pin (4.1.4.5), before the end of the interrupt.
    private void Handler(Assembler a)
    {
        a.push(eax);
        a.inc(__dword_ptr[Interrupts]);
        if (!usesMessages)
        {
            a.mov(al, __byte_ptr[ebx + 0x1000]);
        }

        a.mov(__dword_ptr[unchecked((int)EndOfInterrupt)], 0);
        a.pop(eax);
        a.iretd();
    }

    private static void WaitForCharacter(Assembler a)
    {
        Label wait = a.CreateLabel();
        a.mov(edx, 0x3f8);
        a.mov(al, (byte)'c');
        a.@out(dx, al);
        a.mov(edx, 0x3fd);
        a.Label(ref wait);
        a.@in(al, dx);
        a.test(al, 1);
        a.jz(wait);
    }

    private static void Status(Assembler a, byte value) => a.mov(__byte_ptr[ebx + Register.DeviceStatus], value);

    private static void Store(Assembler a, uint address, uint value)
    {
        a.mov(ecx, address);
        a.mov(__dword_ptr[ecx], value);
    }

    private static void ReadConfig(Assembler a, int register)
    {
        a.lea(ecx, __[edi + register]);
        ReadConfigAt(a);
    }

    // At ecx; what it was stays selected.
    private static void ReadConfigAt(Assembler a)
    {
        a.mov(edx, 0xcf8);
        a.mov(eax, ecx);
        a.@out(dx, eax);
        a.mov(edx, 0xcfc);
        a.@in(eax, dx);
    }
}
