using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>
/// A guest that makes exits for ever, and a run loop that takes so many of them to a device.
/// </summary>
internal sealed class GuestLoop : ILoop
{
    private const byte Port = 0x40;

    private readonly RunLoop loop;
    private long left;

    private GuestLoop(KvmExitReason reason, params byte[] program)
    {
        BenchMachine machine = new(program);
        loop = new RunLoop(machine.Vcpu);
        loop.Pio.Register("device", Port, 4, Accumulators.OfKind(0));
        loop.Mmio.Register("device", BenchMachine.Mmio, 0x1000, Accumulators.OfKind(0));
        loop.On(reason, Count);
    }

    /// <summary>again: out PORT, al; jmp again</summary>
    public static GuestLoop Pio() => new(KvmExitReason.KVM_EXIT_IO, 0xe6, Port, 0xeb, 0xfc);

    /// <summary>again: mov [0], al; jmp again. With ds the address is <see cref="BenchMachine.Mmio"/>.
    /// </summary>
    public static GuestLoop Mmio() => new(KvmExitReason.KVM_EXIT_MMIO, 0xa2, 0, 0, 0xeb, 0xfb);

    /// <summary>mov dx, PORT; again: mov cx, 64; mov di, 0x2000; rep insb; jmp again</summary>
    public static GuestLoop String() => new(
        KvmExitReason.KVM_EXIT_IO,
        0xba, Port, 0, 0xb9, 64, 0, 0xbf, 0, 0x20, 0xf3, 0x6c, 0xeb, 0xf6);

    public void Run(long count)
    {
        left = count;
        VcpuStop stop = loop.Run();
        if (stop is not VcpuStop.Requested)
        {
            throw new InvalidOperationException($"The guest of the measurement ended: {stop}.");
        }
    }

    private ExitAction Count(scoped in VcpuExit exit)
    {
        if (--left == 0)
        {
            loop.Stop();
        }

        return ExitAction.Default;
    }
}

/// <summary>
/// A VM with memory from address 0, a vCPU in real mode, and a program at its first instruction.
/// </summary>
internal sealed class BenchMachine : IDisposable
{
    public const ulong Mmio = 0x30000;

    public const ulong Entry = 0x1000;
    private const ulong SmallMemory = 0x10000;

    public BenchMachine(ReadOnlySpan<byte> program)
        : this(SmallMemory)
    {
        Vm.Memory.Write(Entry, program);
        Begin();
    }

    /// <summary>Empty memory; <see cref="Begin"/> comes after the program.</summary>
    public BenchMachine(ulong memorySize)
    {
        Vm = Kvm.CreateVm();
        Vm.AddMemory(0, memorySize);
        Vcpu = Vm.CreateVcpu();
    }

    /// <summary>Open for as long as the process lives.</summary>
    public static Kvm Kvm { get; } = KvmInterop.Kvm.Open();

    public Vm Vm { get; }

    public Vcpu Vcpu { get; }

    /// <summary>Puts the vCPU before the first instruction.</summary>
    public void Begin() => Begin(Vcpu);

    /// <summary>The same with any vCPU.</summary>
    public static void Begin(Vcpu vcpu)
    {
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cs.selector = 0;
        special.cs.@base = 0;
        special.ds.selector = (ushort)(Mmio >> 4);
        special.ds.@base = Mmio;
        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(new kvm_regs { rip = Entry, rsp = 0x8000, rflags = 2 });
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        Vm.Dispose();
    }
}
