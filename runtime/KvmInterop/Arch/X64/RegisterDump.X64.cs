using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class RegisterDump
{
    [KvmArchitectures(KvmArchitecture.X64)]
    partial void AddX64(Vcpu vcpu, GuestMemory? memory)
    {
        kvm_regs registers = vcpu.GetRegisters();
        kvm_sregs special = vcpu.GetSpecialRegisters();
        AddX64(in registers, in special);
        if (memory is not null)
        {
            int wordSize = X64Mode.Bitness(in special) / 8;
            ulong stack = special.ss.@base + registers.rsp;
            Memory(
                vcpu.CreatePageWalker(memory), vcpu.GetInstructionAddress(),
                wordSize == sizeof(ulong) ? registers.rsp : (uint)stack, wordSize);
        }
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private void AddX64(in kvm_regs registers, in kvm_sregs special)
    {
        Table(
            ("rax", registers.rax), ("rbx", registers.rbx), ("rcx", registers.rcx), ("rdx", registers.rdx),
            ("rsi", registers.rsi), ("rdi", registers.rdi), ("rbp", registers.rbp), ("rsp", registers.rsp),
            ("r8", registers.r8), ("r9", registers.r9), ("r10", registers.r10), ("r11", registers.r11),
            ("r12", registers.r12), ("r13", registers.r13), ("r14", registers.r14), ("r15", registers.r15));

        // Intel SDM volume 1, 3.4.3, and volume 3, 2.5: places of the bits.
        string flags = Bits(
            registers.rflags, (0, "C"), (2, "P"), (4, "A"), (6, "Z"), (7, "S"), (8, "T"), (9, "I"), (10, "D"),
            (11, "O"), (14, "NT"), (16, "RF"), (17, "VM"), (18, "AC"), (19, "VIF"), (20, "VIP"), (21, "ID"));
        Line(
            $"rip {Hex(registers.rip)}  flags {registers.rflags:x8} [{flags}] "
            + $"iopl {(registers.rflags >> 12) & 3}  {X64Mode.Bitness(in special)}-bit code");
        Segment("cs", in special.cs);
        Segment("ds", in special.ds);
        Segment("es", in special.es);
        Segment("fs", in special.fs);
        Segment("gs", in special.gs);
        Segment("ss", in special.ss);
        Segment("tr", in special.tr);
        Segment("ldt", in special.ldt);
        Line($"gdt      base {Hex(special.gdt.@base)} limit {special.gdt.limit:x4}");
        Line($"idt      base {Hex(special.idt.@base)} limit {special.idt.limit:x4}");
        string cr0 = Bits(
            special.cr0, (0, "PE"), (1, "MP"), (2, "EM"), (3, "TS"), (4, "ET"), (5, "NE"), (16, "WP"),
            (18, "AM"), (29, "NW"), (30, "CD"), (31, "PG"));
        string cr4 = Bits(
            special.cr4, (0, "VME"), (1, "PVI"), (2, "TSD"), (3, "DE"), (4, "PSE"), (5, "PAE"), (6, "MCE"),
            (7, "PGE"), (8, "PCE"), (9, "OSFXSR"), (10, "OSXMMEXCPT"), (11, "UMIP"), (12, "LA57"),
            (13, "VMXE"), (14, "SMXE"), (16, "FSGSBASE"), (17, "PCIDE"), (18, "OSXSAVE"), (20, "SMEP"),
            (21, "SMAP"), (22, "PKE"), (23, "CET"), (24, "PKS"));
        string efer = Bits(
            special.efer, (0, "SCE"), (8, "LME"), (10, "LMA"), (11, "NXE"), (12, "SVME"), (14, "FFXSR"));
        Line($"cr0 {special.cr0:x8} [{cr0}]  cr4 {special.cr4:x8} [{cr4}]");
        Line($"cr2 {Hex(special.cr2)}  cr3 {Hex(special.cr3)}  cr8 {special.cr8:x}");
        Line($"efer {special.efer:x} [{efer}]  apic base {special.apic_base:x}");
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private void Segment(string name, in kvm_segment segment) => Line(
        $"{name,-3} {segment.selector:x4} base {Hex(segment.@base)} limit {segment.limit:x8} "
        + $"type {segment.type:x} dpl {segment.dpl}"
        + $"{(segment.present != 0 ? " P" : "")}{(segment.s != 0 ? " S" : "")}"
        + $"{(segment.db != 0 ? " DB" : "")}{(segment.l != 0 ? " L" : "")}"
        + $"{(segment.g != 0 ? " G" : "")}{(segment.unusable != 0 ? " unusable" : "")}");
}
