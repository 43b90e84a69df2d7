using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Bus;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>A VM with 64 KiB of memory at 0, one vCPU, and a program at 0x1000 assembled by Iced.</summary>
internal sealed class GuestMachine : IDisposable
{
    public const ulong Entry = 0x1000;
    public const ulong MemorySize = 0x10000;

    /// <summary>Where <see cref="Device"/> is in memory-mapped form; its ports are 0x10 to 0x1f.</summary>
    public const ulong MmioAddress = 0x20000;

    // Architecture of the processor (Intel SDM volume 3, 2.5 and 4.5), not of KVM.
    private const ulong ProtectedMode = 1 << 0;
    private const ulong Paging = 1UL << 31;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LongModeEnabledAndActive = (1 << 8) | (1 << 10);
    private const ulong PagePresentWritable = 0b11;
    private const ulong PageLarge = 1 << 7;

    private readonly int bitness;

    private GuestMachine(int bitness, Action<Assembler> program, Action<Vm>? prepare = null)
    {
        this.bitness = bitness;
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Kvm = Kvm.Open();
        Vm = Kvm.CreateVm();
        prepare?.Invoke(Vm);
        Vm.AddMemory(0, MemorySize);
        WriteCode(Entry, program);
        Vcpu = Vm.CreateVcpu();
        Loop = new RunLoop(Vcpu);
        Loop.Pio.Register("recorder", 0x10, 0x10, Device);
        Loop.Mmio.Register("recorder", MmioAddress, 0x1000, Device);
    }

    public Kvm Kvm { get; }

    public Vm Vm { get; }

    public Vcpu Vcpu { get; }

    public RunLoop Loop { get; }

    public RecordingDevice Device { get; } = new();

    /// <summary>16-bit real mode, all segments at 0 but for <c>ds</c> and <c>es</c> where given.</summary>
    /// <param name="prepare">What comes before the VM has memory and a vCPU.</param>
    public static GuestMachine RealMode(
        Action<Assembler> program, ushort dataSegment = 0, Action<Vm>? prepare = null)
    {
        GuestMachine machine = new(16, program, prepare);
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        SetSegment(ref special.cs, 0);
        SetSegment(ref special.ss, 0);
        SetSegment(ref special.ds, dataSegment);
        SetSegment(ref special.es, dataSegment);
        machine.Start(in special);
        return machine;
    }

    /// <summary>
    /// 32-bit protected mode without paging and with an empty interrupt table: any exception is the end.
    /// </summary>
    public static GuestMachine ProtectedModeWithoutInterrupts(Action<Assembler> program)
    {
        GuestMachine machine = new(32, program);
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.cs.@base = 0;
        special.cs.selector = 8;
        special.cs.limit = uint.MaxValue;
        special.cs.g = 1;
        special.cs.db = 1;
        special.cr0 |= ProtectedMode;
        special.idt.limit = 0;
        machine.Start(in special);
        return machine;
    }

    /// <summary>64-bit long mode; the first 2 MiB are mapped to themselves.</summary>
    /// <param name="program">The guest.</param>
    /// <param name="prepare">What comes before the VM has memory and a vCPU.</param>
    public static GuestMachine LongMode(Action<Assembler> program, Action<Vm>? prepare = null)
    {
        const ulong Tables = 0xa000;
        GuestMachine machine = new(64, program, prepare);
        machine.Vm.Memory.Write(Tables, (Tables + 0x1000) | PagePresentWritable);
        machine.Vm.Memory.Write(Tables + 0x1000, (Tables + 0x2000) | PagePresentWritable);
        machine.Vm.Memory.Write(Tables + 0x2000, PagePresentWritable | PageLarge);
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.cr3 = Tables;
        special.cr4 |= PhysicalAddressExtension;
        special.efer |= LongModeEnabledAndActive;
        special.cr0 |= ProtectedMode | Paging;
        special.cs.@base = 0;
        special.cs.selector = 8;
        special.cs.l = 1;
        special.cs.db = 0;
        machine.Start(in special);
        return machine;
    }

    /// <summary>Assembles more of the program, in the mode that the vCPU starts in.</summary>
    public void WriteCode(ulong address, Action<Assembler> program) =>
        Vm.Memory.Write(address, Assemble(bitness, address, program));

    /// <summary>Machine code of a mode, for an offset in its code segment.</summary>
    public static byte[] Assemble(int bitness, ulong address, Action<Assembler> program)
    {
        Assembler assembler = new(bitness);
        program(assembler);
        using MemoryStream code = new();
        assembler.Assemble(new StreamCodeWriter(code), address);
        return code.ToArray();
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        Vm.Dispose();
        Kvm.Dispose();
    }

    private static void SetSegment(ref kvm_segment segment, ushort selector)
    {
        segment.selector = selector;
        segment.@base = (ulong)selector << 4;
    }

    private void Start(in kvm_sregs special)
    {
        Vcpu.SetSpecialRegisters(in special);
        Vcpu.SetRegisters(new kvm_regs { rip = Entry, rsp = 0x8000, rflags = 2 });
    }
}
