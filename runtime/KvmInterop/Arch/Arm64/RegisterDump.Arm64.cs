using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class RegisterDump
{
    private const int GeneralRegisters = 31;

    [KvmArchitectures(KvmArchitecture.Arm64)]
    partial void AddArm64(Vcpu vcpu, GuestMemory? memory)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "a dump of arm64's registers");
        (string, ulong)[] general = new (string, ulong)[GeneralRegisters];
        for (int i = 0; i < GeneralRegisters; i++)
        {
            general[i] = ($"x{i}", vcpu.GetRegister<ulong>(Arm64Registers.X(i)));
        }

        ulong pc = vcpu.GetRegister<ulong>(Arm64Registers.Pc);
        ulong pstate = vcpu.GetRegister<ulong>(Arm64Registers.Pstate);
        ulong stack = Arm64Registers.StackPointer(vcpu, pstate);
        Table(general);

        // Arm ARM, C5.2 (PSTATE as SPSR_ELx has it) and D24.2 (SCTLR_EL1).
        string flags = Bits(
            pstate, (31, "N"), (30, "Z"), (29, "C"), (28, "V"), (21, "SS"), (20, "IL"), (9, "D"), (8, "A"),
            (7, "I"), (6, "F"));
        Line($"pc  {Hex(pc)}  sp  {Hex(stack)}  pstate {pstate:x8} [{flags}] {Mode(pstate)}");
        ulong sctlr = vcpu.GetRegister<ulong>(Arm64Registers.Sctlr);
        string control = Bits(
            sctlr, (0, "M"), (1, "A"), (2, "C"), (3, "SA"), (12, "I"), (19, "WXN"), (25, "EE"));
        Line($"sp_el0  {Read(Arm64Registers.SpEl0)}  sp_el1  {Read(Arm64Registers.SpEl1)}");
        Line($"elr_el1 {Read(Arm64Registers.ElrEl1)}  spsr_el1 {Read(Arm64Registers.SpsrEl1)}");
        Line($"esr_el1 {Read(Arm64Registers.Esr)}  far_el1 {Read(Arm64Registers.Far)}");
        Line($"ttbr0   {Read(Arm64Registers.Ttbr0)}  ttbr1   {Read(Arm64Registers.Ttbr1)}");
        Line($"tcr     {Read(Arm64Registers.Tcr)}  mair    {Read(Arm64Registers.Mair)}");
        Line($"vbar    {Read(Arm64Registers.Vbar)}  sctlr   {Hex(sctlr)} [{control}]");
        if (memory is not null)
        {
            Memory(vcpu.CreatePageWalker(memory), pc, stack, sizeof(ulong));
        }

        string Read(ulong id) => Hex(vcpu.GetRegister<ulong>(id));
    }

    private static string Mode(ulong pstate) =>
        (pstate & 0x10) != 0 ? "AArch32" : $"EL{pstate >> 2 & 0b11}{((pstate & 1) != 0 ? 'h' : 't')}";
}
