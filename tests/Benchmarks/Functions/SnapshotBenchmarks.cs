using BenchmarkDotNet.Attributes;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>
/// A guest all of whose memory is in use is saved, and comes back with its memory read; the files stay in the
/// host's cache.
/// </summary>
public class SnapshotBenchmarks
{
    /// <summary>Bytes of the guest's memory.</summary>
    internal const ulong Size = 256 << 20;

    private static readonly SnapshotOptions Options = new() { FlushToDisk = false };

    private DirectoryInfo folder = null!;
    private BenchMachine machine = null!;
    private VmSnapshot snapshot = null!;

    private string Folder => Path.Combine(folder.FullName, "guest");

    [GlobalSetup]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("kvminterop-bench-");
        machine = WarmGuest.Start(WarmGuest.MakeImage(Size));
        snapshot = Save();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        machine.Dispose();
        folder.Delete(recursive: true);
    }

    [Benchmark]
    public VmSnapshot Save() =>
        VmSnapshot.Save(Folder, BenchMachine.Kvm, machine.Vm, [machine.Vcpu], options: Options);

    [Benchmark]
    public void Restore()
    {
        using Vm vm = BenchMachine.Kvm.CreateVm();
        snapshot.RestoreMemory(vm.Memory, SnapshotMemory.Read);
        using Vcpu vcpu = vm.CreateVcpu();
        snapshot.RestoreState(BenchMachine.Kvm, vm, vcpu);
    }
}
