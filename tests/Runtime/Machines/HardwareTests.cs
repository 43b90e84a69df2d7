using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Instructions that only a KVM on a processor runs; one that emulates gives up at them.</summary>
public sealed class HardwareTests
{
    private const ulong Table = 0x9000;
    private const ulong Interrupts = 0x9100;
    private const ulong Handler = 0x2000;

    [SkippableFact]
    public void Int3_inLongMode_comesToItsHandler()
    {
        Requires.HardwareVirtualization();
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(eax, 7);
            guest.@out(0x10, eax);
            guest.int3();
            guest.hlt(); // Not reached.
        });
        machine.Vm.Memory.Write(Handler, Handle());
        machine.Vm.Memory.Write(Table + 8, 0x00209a0000000000UL); // 64-bit code, ring 0 (SDM 3, 3.4.5).
        machine.Vm.Memory.Write(Interrupts + (3 * 16), 0x8e0000080000UL | Handler); // SDM 3, 6.14.1.
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.gdt = new kvm_dtable { @base = Table, limit = 15 };
        special.idt = new kvm_dtable { @base = Interrupts, limit = (4 * 16) - 1 };
        machine.Vcpu.SetSpecialRegisters(in special);

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
        Assert.Equal(["w 0 07000000", "w 0 03000000"], machine.Device.Log);
    }

    [SkippableFact]
    public void FloatingPoint_inLongMode_computes()
    {
        Requires.HardwareVirtualization();
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.fninit();
            guest.fld1();
            guest.fld1();
            guest.faddp(st1, st0);
            guest.fistp(__dword_ptr[0x5000]);
            guest.mov(eax, __dword_ptr[0x5000]);
            guest.@out(0x10, eax);
            guest.hlt();
        });

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
        Assert.Equal(["w 0 02000000"], machine.Device.Log);
    }

    [SkippableFact]
    public void Hypercall_unknown_isAnsweredByTheKernel()
    {
        Requires.HardwareVirtualization();
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(eax, 0x7fff);
            guest.vmmcall();
            guest.@out(0x10, eax);
            guest.hlt();
        });

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());

        // -KVM_ENOSYS, -1000 (linux/kvm_para.h).
        Assert.Equal(["w 0 18fcffff"], machine.Device.Log);
    }

    private static byte[] Handle()
    {
        Assembler guest = new(64);
        guest.mov(eax, 3);
        guest.@out(0x10, eax);
        guest.hlt();
        using MemoryStream code = new();
        guest.Assemble(new StreamCodeWriter(code), Handler);
        return code.ToArray();
    }
}
