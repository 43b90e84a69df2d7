using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Bus;
using KvmInterop.Tests.Runtime.Machines;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>
/// A VM with several vCPUs, each in 16-bit real mode in a 64 KiB segment of its own, with an interrupt table at
/// its start and a program at 0x1000. <c>es</c> is all 4 GiB, for memory-mapped devices.
/// </summary>
internal sealed class SmpMachine : IDisposable
{
    private const ulong SegmentSize = 0x10000;

    /// <summary>Each vCPU with the program for its number.</summary>
    /// <param name="setUp">Called before vCPUs are made, for an interrupt controller.</param>
    public SmpMachine(int count, Action<Assembler, int> program, Action<Vm>? setUp = null)
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Kvm = Kvm.Open();
        Vm = Kvm.CreateVm();
        Vm.AddMemory(0, (ulong)count * SegmentSize);
        setUp?.Invoke(Vm);
        Loops = [.. Enumerable.Range(0, count).Select(number => MakeLoop(number, program))];
        Pio.Register("recorder", 0x10, 0x10, Device);
    }

    public Kvm Kvm { get; }

    public Vm Vm { get; }

    public PioBus Pio { get; } = new();

    public MmioBus Mmio { get; } = new();

    public RecordingDevice Device { get; } = new();

    public RunLoop[] Loops { get; }

    /// <summary><c>jmp</c> to itself.</summary>
    public static void Spin(Assembler guest)
    {
        Label here = guest.CreateLabel();
        guest.Label(ref here);
        guest.jmp(here);
    }

    /// <summary>Counts in <see cref="Counter"/> for ever.</summary>
    public static void Count(Assembler guest)
    {
        Label again = guest.CreateLabel();
        guest.Label(ref again);
        guest.inc(AssemblerRegisters.__dword_ptr[0x4000]);
        guest.jmp(again);
    }

    /// <summary>What the guest of that number has counted.</summary>
    public uint Counter(int number) => Vm.Memory.Read<uint>(Address(number, 0x4000));

    /// <summary>The guest-physical address of an offset in a vCPU's segment.</summary>
    public static ulong Address(int number, ulong offset) => (ulong)number * SegmentSize + offset;

    /// <summary>Waits until the guest of that number, which counts, has gone on.</summary>
    public void AwaitProgress(int number)
    {
        uint counted = Counter(number);
        VcpuGroups.Await(() => Counter(number) != counted, $"vCPU {number} does not go on");
    }

    public void Dispose()
    {
        foreach (RunLoop loop in Loops)
        {
            loop.Vcpu.Dispose();
        }

        Vm.Dispose();
        Kvm.Dispose();
    }

    private RunLoop MakeLoop(int number, Action<Assembler, int> program)
    {
        Vm.Memory.Write(
            Address(number, GuestMachine.Entry),
            GuestMachine.Assemble(16, GuestMachine.Entry, guest => program(guest, number)));
        Vcpu vcpu = Vm.CreateVcpu((uint)number);
        kvm_sregs special = vcpu.GetSpecialRegisters();
        SetSegment(ref special.cs);
        SetSegment(ref special.ds);
        SetSegment(ref special.ss);
        special.es.limit = uint.MaxValue;
        special.es.g = 1;
        special.idt.@base = Address(number, 0);
        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(new kvm_regs
        {
            rip = GuestMachine.Entry,
            rsp = 0x8000,
            rflags = 2,
        });
        return new RunLoop(vcpu, Pio, Mmio);

        void SetSegment(ref kvm_segment segment)
        {
            segment.@base = (ulong)number * SegmentSize;
            segment.selector = (ushort)(segment.@base >> 4);
        }
    }
}
