using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using KvmInterop.Native;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>
/// What a run loop reads of an exit. One exit is looked at so often that the KVM_RUN it came by does not count.
/// </summary>
public class ExitBenchmarks
{
    private const int Looks = 65_536;
    private const byte Port = 0x40;

    private BenchMachine ports = null!;
    private BenchMachine memory = null!;

    [GlobalSetup]
    public void SetUp()
    {
        ports = Make([0xe6, Port, 0xeb, 0xfc]); // again: out PORT, al; jmp again
        memory = Make([0xa2, 0, 0, 0xeb, 0xfb]); // again: mov [0], al; jmp again
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        ports.Dispose();
        memory.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Looks)]
    public int PortExit()
    {
        using VcpuRunScope scope = ports.Vcpu.BeginRun();
        VcpuExit exit = scope.Run();
        Check.That(exit.Reason == KvmExitReason.KVM_EXIT_IO, "an exit by a port");
        int sum = 0;
        for (int i = 0; i < Looks; i++)
        {
            sum += LookAtPort(in exit);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Looks)]
    public ulong MmioExit()
    {
        using VcpuRunScope scope = memory.Vcpu.BeginRun();
        VcpuExit exit = scope.Run();
        Check.That(exit.Reason == KvmExitReason.KVM_EXIT_MMIO, "an exit by memory");
        ulong sum = 0;
        for (int i = 0; i < Looks; i++)
        {
            sum += LookAtMemory(in exit);
        }

        return sum;
    }

    private static BenchMachine Make(ReadOnlySpan<byte> program) => new(program);

    // Apart, so that the compiler cannot look once for all times.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LookAtPort(in VcpuExit exit)
    {
        if (exit.Reason != KvmExitReason.KVM_EXIT_IO)
        {
            return 0;
        }

        ref readonly kvm_run_io io = ref exit.Io;
        return io.port + io.direction + io.size + exit.IoData[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LookAtMemory(in VcpuExit exit)
    {
        if (exit.Reason != KvmExitReason.KVM_EXIT_MMIO)
        {
            return 0;
        }

        ref readonly kvm_run_mmio mmio = ref exit.Mmio;
        return mmio.phys_addr + mmio.is_write + exit.MmioData[0];
    }
}
