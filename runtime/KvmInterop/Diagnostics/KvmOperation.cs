using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>
/// Something that takes its time (creating a VM, a run, a snapshot), seen as an <see cref="Activity"/> of the
/// source <c>KvmInterop</c> and as a pair of events.
/// </summary>
/// <remarks>
/// <c>using KvmOperation? operation = KvmOperation.Begin(...)</c>: null where nobody listens.
/// </remarks>
internal sealed class KvmOperation : IDisposable
{
    private const long NoVcpu = -1;

    private readonly string name;
    private readonly long vcpu;
    private readonly Activity? activity;
    private string? outcome;

    private KvmOperation(string name, string vm, long vcpu)
    {
        this.name = name;
        this.vcpu = vcpu;
        Vm = vm;
        activity = ListenerLibraries.HasMeters ? Activities.Start(name) : null;
        if (KvmEvents.AreOperationsWanted)
        {
            KvmEvents.OperationBegins(name, vm, vcpu);
        }
    }

    /// <summary>The VM's name; set later where the operation makes the VM.</summary>
    internal string Vm { get; set; }

    private static bool IsWanted => AreActivitiesWanted || KvmEvents.AreOperationsWanted;

    private static bool AreActivitiesWanted => ListenerLibraries.HasMeters && Activities.AreWanted();

    /// <summary>Begins it. Where nobody listens this costs two looks.</summary>
    /// <param name="name">What is done: <c>run</c>.</param>
    /// <param name="vm">The VM's name; empty where there is none yet.</param>
    internal static KvmOperation? Begin(string name, string vm) =>
        IsWanted ? new KvmOperation(name, vm, NoVcpu) : null;

    /// <summary>As the other one, about a vCPU, whose VM gets its name only if somebody listens.</summary>
    internal static KvmOperation? Begin(string name, Vcpu vcpu) =>
        IsWanted ? new KvmOperation(name, vcpu.VmName, vcpu.Id) : null;

    /// <summary>Says how it ended. Without it, the end is a failure.</summary>
    internal void End(string how) => outcome = how;

    public void Dispose()
    {
        if (activity is not null)
        {
            activity.SetTag("vm", Vm);
            if (vcpu != NoVcpu)
            {
                activity.SetTag("vcpu", vcpu);
            }

            activity.SetTag("outcome", outcome ?? "failed");
            activity.SetStatus(outcome is null ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
            activity.Dispose();
        }

        if (KvmEvents.AreOperationsWanted)
        {
            KvmEvents.OperationEnded(name, Vm, vcpu, outcome ?? "failed");
        }
    }

    // Apart, and never inlined: a method that names it loads the library when it is compiled.
    private static class Activities
    {
        private static readonly ActivitySource Source = new(KvmMeter.Name);

        [MethodImpl(MethodImplOptions.NoInlining)]
        internal static bool AreWanted() => Source.HasListeners();

        [MethodImpl(MethodImplOptions.NoInlining)]
        internal static Activity? Start(string name) => Source.StartActivity(name);
    }
}
