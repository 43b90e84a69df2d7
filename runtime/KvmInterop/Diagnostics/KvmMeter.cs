using System.Diagnostics.Metrics;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The meter <c>KvmInterop</c>: what OpenTelemetry, <c>dotnet-counters</c> and other listeners of
/// <see cref="System.Diagnostics.Metrics"/> see of all VMs of this process.
/// </summary>
/// <remarks>
/// <para>All instruments are observable: they read counters that are there anyway, when a listener asks, and
/// cost nothing otherwise. A VM or vCPU is seen until it is disposed, or nobody refers to it any more; the
/// meter keeps none alive.</para>
/// <list type="bullet">
/// <item><c>kvm.exits</c>: exits by <c>vm</c>, <c>vcpu</c> and <c>reason</c> (KVM_EXIT_IO).</item>
/// <item><c>kvm.kicks</c>: calls of <see cref="Vcpu.Kick"/>, by <c>vm</c> and <c>vcpu</c>.</item>
/// <item><c>kvm.unclaimed</c>: accesses that no device took, by <c>vm</c>, <c>bus</c> (pio, mmio) and
/// <c>direction</c> (read, write).</item>
/// <item><c>kvm.accesses</c>: accesses to devices, by <c>vm</c>, <c>bus</c>, <c>device</c> (name and range)
/// and <c>direction</c>; of those that count them (<see cref="Bus.CollectsStatistics"/>).</item>
/// <item><c>kvm.memory</c>: bytes of guest memory, by <c>vm</c>.</item>
/// <item><c>kvm.vcpus.running</c>: vCPUs in a run, by <c>vm</c>.</item>
/// </list>
/// </remarks>
public static class KvmMeter
{
    /// <summary>The name to listen to; also that of the <see cref="System.Diagnostics.ActivitySource"/> and
    /// of the <see cref="System.Diagnostics.Tracing.EventSource"/>.</summary>
    public const string Name = "KvmInterop";

    private static readonly WeakSet<Vm> Vms = new();
    private static readonly WeakSet<Vcpu> Vcpus = new();
    private static readonly WeakSet<RunLoop> Loops = new();
    private static readonly Meter Meter = Create();

    private static KeyValuePair<string, object?> Read => new("direction", "read");

    private static KeyValuePair<string, object?> Write => new("direction", "write");

    internal static LinkedListNode<WeakReference<Vm>> Add(Vm vm) => Vms.Add(new WeakReference<Vm>(vm));

    internal static LinkedListNode<WeakReference<Vcpu>> Add(Vcpu vcpu) => Vcpus.Add(vcpu.Self);

    internal static void Add(RunLoop loop) => Loops.Add(new WeakReference<RunLoop>(loop));

    internal static void Remove(LinkedListNode<WeakReference<Vm>> vm) => Vms.Remove(vm);

    internal static void Remove(LinkedListNode<WeakReference<Vcpu>> vcpu) => Vcpus.Remove(vcpu);

    private static Meter Create()
    {
        Meter meter = new(Name, typeof(KvmMeter).Assembly.GetName().Version?.ToString(3));
        meter.CreateObservableCounter(
            "kvm.exits", ObserveExits, "{exit}", "Exits of vCPUs from their guests.");
        meter.CreateObservableCounter(
            "kvm.kicks", ObserveKicks, "{kick}", "Times that a vCPU was asked to come out of its guest.");
        meter.CreateObservableCounter(
            "kvm.unclaimed", ObserveUnclaimed, "{access}", "Accesses to addresses that no device has.");
        meter.CreateObservableCounter(
            "kvm.accesses", ObserveAccesses, "{access}", "Accesses to devices that count them.");
        meter.CreateObservableUpDownCounter("kvm.memory", ObserveMemory, "By", "Guest memory.");
        meter.CreateObservableUpDownCounter(
            "kvm.vcpus.running", ObserveRunning, "{vcpu}", "vCPUs that are in a run.");
        return meter;
    }

    private static IEnumerable<Measurement<long>> ObserveExits()
    {
        foreach (Vcpu vcpu in Vcpus.Snapshot())
        {
            for (int reason = 0; reason <= ExitCounters.Reasons; reason++)
            {
                long count = vcpu.Exits[(KvmExitReason)reason];
                if (count > 0)
                {
                    yield return new(
                        count, Vm(vcpu.VmName), Of(vcpu),
                        new("reason", KvmNames.ExitReason((uint)reason) ?? $"{reason}"));
                }
            }
        }
    }

    private static IEnumerable<Measurement<long>> ObserveKicks() =>
        Vcpus.Snapshot().Select(vcpu => new Measurement<long>(vcpu.Exits.Kicks, Vm(vcpu.VmName), Of(vcpu)));

    private static IEnumerable<Measurement<long>> ObserveUnclaimed()
    {
        foreach ((string vm, string name, Bus bus) in Buses())
        {
            yield return new(bus.UnclaimedReads, Vm(vm), new("bus", name), Read);
            yield return new(bus.UnclaimedWrites, Vm(vm), new("bus", name), Write);
        }
    }

    private static IEnumerable<Measurement<long>> ObserveAccesses()
    {
        foreach ((string vm, string name, Bus bus) in Buses())
        {
            foreach (BusRange range in bus.Ranges)
            {
                if (range.Statistics is BusStatistics counted)
                {
                    KeyValuePair<string, object?> device = new("device", range.ToString());
                    yield return new(counted.Reads, Vm(vm), new("bus", name), device, Read);
                    yield return new(counted.Writes, Vm(vm), new("bus", name), device, Write);
                }
            }
        }
    }

    /// <summary>The vCPUs of a VM share their buses, mostly: each bus comes once.</summary>
    private static List<(string Vm, string Name, Bus Bus)> Buses() =>
    [
        .. Loops.Snapshot().Where(loop => !loop.Vcpu.IsDisposed)
            .SelectMany(loop => new[]
            {
                (loop.Vcpu.VmName, "pio", (Bus)loop.Pio), (loop.Vcpu.VmName, "mmio", loop.Mmio),
            })
            .DistinctBy(each => each.Item3),
    ];

    private static IEnumerable<Measurement<long>> ObserveMemory() => Vms.Snapshot().Select(vm =>
        new Measurement<long>(vm.Memory.Regions.Sum(region => (long)region.Size), Vm(vm.Name)));

    private static IEnumerable<Measurement<long>> ObserveRunning() => Vcpus.Snapshot()
        .GroupBy(vcpu => vcpu.VmName)
        .Select(vcpus => new Measurement<long>(vcpus.Count(vcpu => vcpu.IsRunning), Vm(vcpus.Key)));

    private static KeyValuePair<string, object?> Vm(string name) => new("vm", name);

    private static KeyValuePair<string, object?> Of(Vcpu vcpu) => new("vcpu", (long)vcpu.Id);
}
