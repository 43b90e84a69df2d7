using KvmInterop.Machine.Devices;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>
/// A VM with 64 KiB of memory, a vCPU, and a UART to which its guest writes for ever.
/// </summary>
internal sealed class SmallVm : IDisposable
{
    public const ulong MemorySize = 0x10000;

    private readonly BenchMachine machine = new(MemorySize);
    private readonly RunLoop loop;

    public SmallVm()
    {
        // Every page is there, so that what guest RAM takes is known.
        machine.Vm.Memory.Fill(0, MemorySize, 1);
        machine.Vm.Memory.Write(BenchMachine.Entry, ExitingGuest.Program);
        machine.Begin();
        loop = new RunLoop(machine.Vcpu);
        loop.Pio.Register(
            "serial", ExitingGuest.Serial, Serial16550.Size,
            new Serial16550(Nowhere.Instance, Nowhere.Instance));
    }

    public Vcpu Vcpu => machine.Vcpu;

    /// <summary>Its vCPU's thread; null before <see cref="MakeThread"/>.</summary>
    public VcpuGroup? Group { get; private set; }

    /// <summary>Gives the vCPU a thread, which waits until the pause is over.</summary>
    public VcpuPause MakeThread()
    {
        Group = new VcpuGroup(loop);
        VcpuPause pause = Group.RequestPause();
        Group.Start();
        return pause;
    }

    public void Dispose()
    {
        Group?.Dispose();
        machine.Dispose();
    }
}

/// <summary>What a guest does that makes exits.</summary>
internal static class ExitingGuest
{
    /// <summary>The UART's first port.</summary>
    public const ushort Serial = 0x3f8;

    /// <summary>mov dx, 0x3ff (the UART's scratch register); again: out dx, al; jmp again</summary>
    public static ReadOnlySpan<byte> Program => [0xba, 0xff, 0x03, 0xee, 0xeb, 0xfd];
}

/// <summary>Where interrupts and characters go that nobody wants.</summary>
internal sealed class Nowhere : IInterruptLine, IByteOutput
{
    public static Nowhere Instance { get; } = new();

    public void SetLevel(bool level)
    {
    }

    public void Write(ReadOnlySpan<byte> data)
    {
    }
}
