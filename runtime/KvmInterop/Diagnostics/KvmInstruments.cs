using System.Diagnostics.Metrics;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>The instruments of <see cref="KvmMeter"/>, and what they read.</summary>
internal static class KvmInstruments
{
    private static readonly Meter Meter = Create();

    private static KeyValuePair<string, object?> Read => new("direction", "read");

    private static KeyValuePair<string, object?> Write => new("direction", "write");

    /// <summary>Makes them, where they are not made yet.</summary>
    internal static void Publish() => GC.KeepAlive(Meter);

    private static Meter Create()
    {
        Meter meter = new(KvmMeter.Name, typeof(KvmMeter).Assembly.GetName().Version?.ToString(3));
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
        foreach (Vcpu vcpu in KvmMeter.Vcpus.Snapshot())
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
        KvmMeter.Vcpus.Snapshot().Select(vcpu => new Measurement<long>(vcpu.Exits.Kicks, Vm(vcpu.VmName), Of(vcpu)));

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
        .. KvmMeter.Loops.Snapshot().Where(loop => !loop.Vcpu.IsDisposed)
            .SelectMany(loop => new[]
            {
                (loop.Vcpu.VmName, "pio", (Bus)loop.Pio), (loop.Vcpu.VmName, "mmio", loop.Mmio),
            })
            .DistinctBy(each => each.Item3),
    ];

    private static IEnumerable<Measurement<long>> ObserveMemory() => KvmMeter.Vms.Snapshot().Select(vm =>
        new Measurement<long>(vm.Memory.Regions.Sum(region => (long)region.Size), Vm(vm.Name)));

    private static IEnumerable<Measurement<long>> ObserveRunning() => KvmMeter.Vcpus.Snapshot()
        .GroupBy(vcpu => vcpu.VmName)
        .Select(vcpus => new Measurement<long>(vcpus.Count(vcpu => vcpu.IsRunning), Vm(vcpus.Key)));

    private static KeyValuePair<string, object?> Vm(string name) => new("vm", name);

    private static KeyValuePair<string, object?> Of(Vcpu vcpu) => new("vcpu", (long)vcpu.Id);
}
