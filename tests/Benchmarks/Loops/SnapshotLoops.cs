using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>A guest with all of its memory in use, 64 MiB, which comes to its first exit, and goes.</summary>
internal static class WarmGuest
{
    private const ulong MemorySize = 64 << 20;
    private const byte Port = 0x40;

    // again: out PORT, al; jmp again
    private static ReadOnlySpan<byte> Program => [0xe6, Port, 0xeb, 0xfc];

    /// <summary>What is in its memory: no page of it is empty, and none like another.</summary>
    public static byte[] MakeImage(ulong size = MemorySize)
    {
        byte[] image = new byte[size];
        new Random(1).NextBytes(image);
        Program.CopyTo(image.AsSpan((int)BenchMachine.Entry));
        return image;
    }

    public static BenchMachine Start(ReadOnlySpan<byte> image)
    {
        BenchMachine machine = new((ulong)image.Length);
        machine.Vm.Memory.Write(0, image);
        machine.Begin();
        return machine;
    }

    public static void RunToFirstExit(Vcpu vcpu)
    {
        using VcpuRunScope scope = vcpu.BeginRun();
        Check.That(scope.Run().Reason == KvmExitReason.KVM_EXIT_IO, "a run to the first exit");
    }
}

/// <summary>The guest from nothing: its memory is filled, as a kernel and its programs would.</summary>
internal sealed class FreshStartLoop : ILoop
{
    private readonly byte[] image = WarmGuest.MakeImage();

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            using BenchMachine machine = WarmGuest.Start(image);
            WarmGuest.RunToFirstExit(machine.Vcpu);
        }
    }
}

/// <summary>The guest out of a snapshot's files, opened each time, with memory copied on write.</summary>
internal sealed class RestoreLoop : ILoop, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kvminterop-bench-");

    public RestoreLoop()
    {
        using BenchMachine machine = WarmGuest.Start(WarmGuest.MakeImage());
        VmSnapshot.Save(
            Snapshot, BenchMachine.Kvm, machine.Vm, [machine.Vcpu],
            options: new SnapshotOptions { FlushToDisk = false });
    }

    private string Snapshot => Path.Combine(folder.FullName, "guest");

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            VmSnapshot snapshot = VmSnapshot.Open(Snapshot);
            using Vm vm = BenchMachine.Kvm.CreateVm();
            snapshot.RestoreMemory(vm.Memory);
            using Vcpu vcpu = vm.CreateVcpu();
            snapshot.RestoreState(BenchMachine.Kvm, vm, vcpu);
            WarmGuest.RunToFirstExit(vcpu);
        }
    }

    public void Dispose() => folder.Delete(recursive: true);
}
