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
/// <para>The event source of the same name has the lives of VMs and vCPUs, runs, and on demand every exit. It is
/// made when somebody can listen; for a tool that attaches to a running process, by the first event that is due
/// 100 ms or more after the first VM.</para>
/// </remarks>
public static class KvmMeter
{
    /// <summary>The name to listen to; also that of the <see cref="System.Diagnostics.ActivitySource"/> and
    /// of the <see cref="System.Diagnostics.Tracing.EventSource"/>.</summary>
    public const string Name = "KvmInterop";

    internal static readonly WeakSet<Vm> Vms = new();
    internal static readonly WeakSet<Vcpu> Vcpus = new();
    internal static readonly WeakSet<RunLoop> Loops = new();

    internal static WeakSet<Vm>.Place Add(Vm vm) => Vms.Add(new WeakReference<Vm>(vm));

    internal static WeakSet<Vcpu>.Place Add(Vcpu vcpu) => Vcpus.Add(vcpu.Self);

    internal static void Add(RunLoop loop) => Loops.Add(new WeakReference<RunLoop>(loop));

    internal static void Remove(WeakSet<Vm>.Place vm) => Vms.Remove(vm);

    internal static void Remove(WeakSet<Vcpu>.Place vcpu) => Vcpus.Remove(vcpu);
}
