using Iced.Intel;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>Real-mode guests that call a BIOS where there is none.</summary>
public sealed class BiosServicesTests
{
    private const uint Origin = 0x7c00;

    private static readonly PcMachineOptions Options =
        new() { MemorySize = 64 << 20, HasBiosState = true, HasDebugExit = true };

    [SkippableFact]
    public void Memory_isToldByE801() => Assert.Equal(
        ((15 << 10) + (48 << 4) << 1) | 1,
        Run(a =>
        {
            a.mov(ax, 0xe801);
            a.@int(0x15);
            a.add(ax, bx);
        }));

    [SkippableFact]
    public void MemoryMap_isToldEntryByEntryUntilTheLast() => Assert.Equal(
        ((3 << 8) + (int)E820Type.Ram << 1) | 1,
        Run(a =>
        {
            Label next = a.CreateLabel();
            a.xor(ebx, ebx);
            a.mov(es, bx);
            a.mov(di, 0x8000);
            a.xor(bp, bp);
            a.Label(ref next);
            a.mov(eax, 0xe820);
            a.mov(edx, 0x534d4150); // "SMAP"
            a.mov(ecx, 20);
            a.@int(0x15);
            a.inc(bp);
            a.test(ebx, ebx);
            a.jne(next);
            a.mov(ax, bp);
            a.mov(ah, al);
            a.mov(al, __byte_ptr[0x8000 + 16]); // The last entry's type.
        }));

    [SkippableTheory]
    [InlineData(0x13, 0x0800, 0x01)]
    [InlineData(0x15, 0x1234, 0x86)]
    [InlineData(0x1a, 0x0200, 0x86)]
    public void Service_thatIsNotThere_isRefused(byte vector, int function, int code) => Assert.Equal(
        ((code << 1 | 1) << 1) | 1,
        Run(a =>
        {
            a.mov(ax, (ushort)function);
            a.clc();
            a.@int(vector);
            a.mov(al, ah);
            a.mov(ah, 0);
            a.adc(ax, ax); // With the carry flag.
        }));

    [SkippableFact]
    public void Timer_interrupts_areCounted() => Assert.Equal(
        (2 << 1) | 1,
        Run(a =>
        {
            Label wait = a.CreateLabel();
            a.xor(ax, ax);
            a.mov(ds, ax);
            a.sti();
            a.Label(ref wait);
            a.hlt();
            a.mov(ah, 0);
            a.@int(0x1a);
            a.cmp(dx, 2);
            a.jb(wait);
            a.mov(ax, 2); // A late host may have made it more.
        }));

    [SkippableFact]
    public void Image_thatLiesOverTheBiossData_isAsItWas()
    {
        using Kvm kvm = PcMachineTests.OpenKvm();
        using PcMachine machine = new(kvm, Options);
        byte[] image = new byte[0x800];
        Random.Shared.NextBytes(image);
        byte[] code = [0x31, 0xc0, 0xe7, 0xf4]; // xor ax, ax; out 0xf4, ax
        code.CopyTo(image, 0);
        machine.StartState = RawImage.Load(machine.Memory, BootFile.FromBytes("image", image));
        machine.Start();

        Assert.Equal(1, Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status);
        byte[] after = new byte[image.Length];
        machine.Memory.Read(0, after);
        Assert.Equal(image, after);
    }

    // Real-mode code from a boot sector's address on; its AX is the status.
    private static int Run(Action<Assembler> code)
    {
        using Kvm kvm = PcMachineTests.OpenKvm();
        using PcMachine machine = new(kvm, Options);
        Assembler assembler = new(16);
        assembler.xor(bx, bx);
        assembler.mov(ss, bx);
        assembler.mov(sp, (ushort)Origin);
        assembler.mov(ds, bx);
        code(assembler);
        assembler.@out(0xf4, ax);
        using MemoryStream bytes = new();
        assembler.Assemble(new StreamCodeWriter(bytes), 0);
        machine.StartState = RawImage.Load(machine.Memory, BootFile.FromBytes("code", bytes.ToArray()), Origin);
        machine.Start();
        return Assert.IsType<MachineOutcome.GuestExit>(machine.Wait()).Status;
    }
}
