using System.Buffers.Binary;
using System.Collections.Immutable;
using KvmInterop.Native;
using KvmInterop.Native.Arm64;
using static KvmInterop.Native.Arm64.KvmApiArm64;
using static KvmInterop.Native.KvmApi;

namespace KvmInterop.Machine;

/// <summary>
/// arm64: general registers, and vectors with their control (GDB's features/aarch64-core.xml and -fpu.xml).
/// </summary>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal sealed class Arm64Registers : VcpuRegisters
{
    private const string Core = "org.gnu.gdb.aarch64.core";
    private const string Fpu = "org.gnu.gdb.aarch64.fpu";
    private const int General = 31;
    private const int Vectors = 32;
    private const ulong UsesSpEl0 = 0;
    private const ulong StackBit = 1;

    private static readonly GdbRegisterFile Layout = new("aarch64", List(), General + 1);

    internal override GdbRegisterFile File => Layout;

    private static ulong Pc => ARM64_CORE_REG(kvm_regs_member.regs.pc);

    private static ulong Pstate => ARM64_CORE_REG(kvm_regs_member.regs.pstate);

    private static ulong Fpsr => ARM64_CORE_REG(kvm_regs_member.fp_regs.fpsr);

    private static ulong Fpcr => ARM64_CORE_REG(kvm_regs_member.fp_regs.fpcr);

    internal override void Read(Vcpu vcpu, Span<byte> values)
    {
        RegisterWriter to = new(values);
        for (int i = 0; i < General; i++)
        {
            to.Add64(vcpu.GetRegister<ulong>(X(i)));
        }

        ulong pstate = vcpu.GetRegister<ulong>(Pstate);
        to.Add64(vcpu.GetRegister<ulong>(Stack(pstate)), vcpu.GetRegister<ulong>(Pc));
        to.Add32((uint)pstate);
        Span<byte> vector = stackalloc byte[16];
        for (int i = 0; i < Vectors; i++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(vector, vcpu.GetRegister<UInt128>(V(i)));
            to.AddBytes(vector);
        }

        to.Add32(vcpu.GetRegister<uint>(Fpsr), vcpu.GetRegister<uint>(Fpcr));
    }

    internal override void Write(Vcpu vcpu, ReadOnlySpan<byte> values)
    {
        RegisterReader from = new(values);
        for (int i = 0; i < General; i++)
        {
            vcpu.SetRegister(X(i), from.Next64());
        }

        ulong stack = from.Next64();
        vcpu.SetRegister(Pc, from.Next64());
        ulong pstate = from.Next32();
        vcpu.SetRegister(Pstate, pstate);
        vcpu.SetRegister(Stack(pstate), stack);
        for (int i = 0; i < Vectors; i++)
        {
            vcpu.SetRegister(V(i), BinaryPrimitives.ReadUInt128LittleEndian(from.Next(16)));
        }

        vcpu.SetRegister(Fpsr, from.Next32());
        vcpu.SetRegister(Fpcr, from.Next32());
    }

    private static ulong X(int number) => ARM64_CORE_REG(kvm_regs_member.regs.regs[number]);

    // The kernel's id of a vector has the size of 16 bytes, as the member has.
    private static ulong V(int number) => ARM64_CORE_REG(kvm_regs_member.fp_regs.vregs[number]);

    // Arm ARM, C5.2.17: PSTATE.SP chooses the stack pointer.
    private static ulong Stack(ulong pstate) => (pstate & StackBit) == UsesSpEl0
        ? ARM64_CORE_REG(kvm_regs_member.regs.sp)
        : ARM64_CORE_REG(kvm_regs_member.sp_el1);

    private static ImmutableArray<GdbRegister> List() =>
    [
        .. Enumerable.Range(0, General).Select(i => new GdbRegister(Core, $"x{i}", 64)),
        new(Core, "sp", 64, "data_ptr"),
        new(Core, "pc", 64, "code_ptr"),
        new(Core, "cpsr", 32),
        .. Enumerable.Range(0, Vectors).Select(i => new GdbRegister(Fpu, $"v{i}", 128, "uint128")),
        new(Fpu, "fpsr", 32),
        new(Fpu, "fpcr", 32),
    ];
}
