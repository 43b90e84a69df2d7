using System.Runtime.InteropServices;
using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.SnapshotGuest;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>
/// A 64-bit guest that computes a checksum over memory which it changes meanwhile, while the PIT (through the
/// I/O APIC) and the local APIC's deadline timer interrupt it. It ends when both have interrupted it once
/// more afterwards: a timer that was lost on the way would be a guest that never ends.
/// </summary>
internal static class ChecksumGuest
{
    public const ulong MemorySize = 1 << 20;
    public const ulong Data = 0x80000;
    public const int Words = 4096;
    public const uint Seed = 0x12345678;

    private const uint Multiplier = 0x9e3779b1;
    private const ulong Entry = 0x1000;
    private const ulong Stack = 0x9000;
    private const ulong Counters = 0x5000;
    private const ulong Interrupts = 0x6000;
    private const ulong Segments = 0x7000;
    private const ulong Tables = 0xa000;
    private const byte PitVector = 0x30;
    private const byte DeadlineVector = 0x40;

    // Architecture of the processor and the PC (Intel SDM volume 3, 2.5, 3.4, 4.5, 6.14 and 11), not of KVM.
    private const ulong ProtectedModeAndPaging = 1 | (1UL << 31);
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LongModeEnabledAndActive = (1 << 8) | (1 << 10);
    private const ulong CodeSegment64 = 0x00209b0000000000;
    private const ulong DataSegment = 0x0000930000000000;
    private const ulong X2Apic = (1 << 11) | (1 << 10);
    private const uint EndOfInterruptMsr = 0x80b;
    private const uint TscDeadlineMsr = 0x6e0;
    private const int SpuriousVector = 0xf0;
    private const int TimerEntry = 0x320;
    private const int FirstLineEntry = 0x350;
    private const uint Masked = 1 << 16;
    private const uint DeadlineMode = 2 << 17;
    private const int PitPin = 0;

    /// <summary>A VM at the program's start.</summary>
    public static GuestVm Create(Kvm kvm, int rounds)
    {
        GuestVm guest = GuestVm.Create(kvm, MemorySize);
        WriteProgram(guest.Vm.Memory);
        Vcpu vcpu = guest.Vcpu;
        vcpu.SetCpuid(CpuidTable.From(kvm.GetSupportedCpuid()).WithTscDeadlineTimer().WithApicId(0));
        SetMode(vcpu);
        SetLapic(vcpu);
        SetTimer(guest.Vm);
        vcpu.SetRegisters(new kvm_regs
        {
            rip = Entry,
            rsp = Stack,
            rflags = 2,
            rdi = Seed,
            r8 = Data,
            r9 = Words,
            r10 = (ulong)rounds,
            r13 = Counters,

            // Some 5 ms of the counter.
            r14 = (ulong)vcpu.GetTscKhz() * 5,
        });
        return guest;
    }

    /// <summary>What the guest computes, computed here.</summary>
    /// <param name="rounds">How many times over the memory.</param>
    /// <param name="first">What the first word is, if somebody changed it.</param>
    public static uint Expected(int rounds, uint first = 0)
    {
        uint[] memory = Content();
        memory[0] = first;
        uint hash = Seed;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < memory.Length; i++)
            {
                hash = (uint.RotateLeft(hash, 5) ^ memory[i]) * Multiplier;
                memory[i] += hash;
            }
        }

        return hash;
    }

    private static uint[] Content() => [.. Enumerable.Range(0, Words).Select(i => (uint)i * 2654435761u)];

    private static void WriteProgram(GuestMemory memory)
    {
        Assembler c = new(64);
        Label pit = c.CreateLabel();
        Label deadline = c.CreateLabel();
        Program(c);
        Handler(c, ref pit, 0, arms: false);
        Handler(c, ref deadline, 8, arms: true);
        using MemoryStream code = new();
        AssemblerResult result = c.Assemble(
            new StreamCodeWriter(code), Entry, BlockEncoderOptions.ReturnNewInstructionOffsets);
        memory.Write(Entry, code.ToArray());
        memory.Write(Segments + 8, CodeSegment64);
        memory.Write(Segments + 16, DataSegment);
        WriteGate(memory, PitVector, result.GetLabelRIP(pit));
        WriteGate(memory, DeadlineVector, result.GetLabelRIP(deadline));
        memory.Write(Data, MemoryMarshal.AsBytes<uint>(Content()));

        // The first 2 MiB to themselves, by one large page.
        memory.Write(Tables, (Tables + 0x1000) | 3);
        memory.Write(Tables + 0x1000, (Tables + 0x2000) | 3);
        memory.Write(Tables + 0x2000, 0x83UL);
    }

    private static void Program(Assembler c)
    {
        Label round = c.CreateLabel();
        Label word = c.CreateLabel();
        Label wait = c.CreateLabel();
        Arm(c);
        c.sti();
        c.Label(ref round);
        c.xor(esi, esi);
        c.Label(ref word);
        c.mov(ebx, __dword_ptr[r8 + rsi * 4]);
        c.rol(edi, 5);
        c.xor(edi, ebx);
        c.imul(edi, edi, unchecked((int)Multiplier));
        c.add(ebx, edi);
        c.mov(__dword_ptr[r8 + rsi * 4], ebx);
        c.inc(esi);
        c.cmp(esi, r9d);
        c.jb(word);
        c.dec(r10d);
        c.jnz(round);

        // Two more of each: the first may have been on its way before.
        c.mov(r11, __qword_ptr[r13]);
        c.add(r11, 2);
        c.mov(r12, __qword_ptr[r13 + 8]);
        c.add(r12, 2);
        c.Label(ref wait);
        c.hlt();
        c.cmp(__qword_ptr[r13], r11);
        c.jb(wait);
        c.cmp(__qword_ptr[r13 + 8], r12);
        c.jb(wait);
        c.cli();
        c.mov(eax, edi);
        c.mov(dx, GuestVm.ResultPort);
        c.@out(dx, eax);
        c.hlt();
    }

    // Counts, sets the next deadline if it is its own, and ends the interrupt.
    private static void Handler(Assembler c, ref Label label, int counter, bool arms)
    {
        c.Label(ref label);
        c.push(rax);
        c.push(rcx);
        c.push(rdx);
        c.inc(__qword_ptr[r13 + counter]);
        if (arms)
        {
            Arm(c);
        }

        c.mov(ecx, EndOfInterruptMsr);
        c.xor(eax, eax);
        c.xor(edx, edx);
        c.wrmsr();
        c.pop(rdx);
        c.pop(rcx);
        c.pop(rax);
        c.iretq();
    }

    private static void Arm(Assembler c)
    {
        c.rdtsc();
        c.shl(rdx, 32);
        c.or(rax, rdx);
        c.add(rax, r14);
        c.mov(rdx, rax);
        c.shr(rdx, 32);
        c.mov(ecx, TscDeadlineMsr);
        c.wrmsr();
    }

    // An interrupt gate of long mode: 16 bytes.
    private static void WriteGate(GuestMemory memory, byte vector, ulong handler)
    {
        ulong gate = Interrupts + (16ul * vector);
        memory.Write(gate, (handler & 0xffff) | 8 << 16 | 0x8eul << 40 | (handler >> 16 & 0xffff) << 48);
        memory.Write(gate + 8, handler >> 32);
    }

    private static void SetMode(Vcpu vcpu)
    {
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cr3 = Tables;
        special.cr4 |= PhysicalAddressExtension;
        special.efer |= LongModeEnabledAndActive;
        special.cr0 |= ProtectedModeAndPaging;
        special.apic_base |= X2Apic;
        special.gdt.@base = Segments;
        special.gdt.limit = 23;
        special.idt.@base = Interrupts;
        special.idt.limit = 0xfff;
        special.cs.@base = 0;
        special.cs.selector = 8;
        special.cs.l = 1;
        special.cs.db = 0;
        special.ss.selector = 16;
        special.ds.selector = 16;
        special.es.selector = 16;
        vcpu.SetSpecialRegisters(in special);
    }

    private static void SetLapic(Vcpu vcpu)
    {
        kvm_lapic_state lapic = vcpu.GetLapic();
        LapicRegisters.Write(ref lapic, SpuriousVector, 0x1ff);
        LapicRegisters.Write(ref lapic, TimerEntry, DeadlineMode | DeadlineVector);

        // The PIT's line goes to the PIC as well, whose interrupts KVM lets through at first.
        LapicRegisters.Write(ref lapic, FirstLineEntry, Masked);
        vcpu.SetLapic(in lapic);
    }

    // Channel 0 every 10 ms, as a rate generator. KVM leads it to the I/O APIC's pin 0, unless routed otherwise.
    private static void SetTimer(Vm vm)
    {
        kvm_irqchip chip = vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC);
        chip.chip.ioapic.redirtbl[PitPin].bits = PitVector;
        vm.SetIrqchip(in chip);
        kvm_pit_state2 pit = vm.GetPit();
        pit.channels[0].count = 11_932;
        pit.channels[0].mode = 2;
        pit.channels[0].rw_mode = 3;
        pit.channels[0].gate = 1;
        vm.SetPit(in pit);
    }
}
