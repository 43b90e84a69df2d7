using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// What is told to <see cref="KvmEventSource"/>, which is there only when somebody may listen.
/// </summary>
/// <remarks>
/// <para>.NET takes 3.5 ms to make an event source, a quarter of what a first VM adds to the start of a
/// program, most of it for the first conversion to UTF-8. So the source waits for those who can listen: an
/// <see cref="EventListener"/>, whose library <see cref="ListenerLibraries"/> then sees; a session of EventPipe
/// from the start of the process, which the environment says; and a tool that comes later by the diagnostic
/// port. For that one the source is made by the first event that is due
/// <see cref="Patience"/> after the first VM, before it is written: .NET enables a new source for the
/// sessions that are there, so a tool misses only events of that short time, of which it could as well have
/// come too late.</para>
/// <para>Each method that names the source stands apart and is never inlined: the library of it is loaded
/// with the first method that does.</para>
/// </remarks>
internal static class KvmEvents
{
    /// <summary>Milliseconds.</summary>
    internal const long Patience = 100;

    private static readonly long FirstUse = Environment.TickCount64;

    private static volatile bool isMade;

    /// <summary>Whether somebody listens to any event.</summary>
    internal static bool AreWanted => MayBeHeard && AskAll();

    /// <summary>Whether somebody listens to what takes its time.</summary>
    internal static bool AreOperationsWanted => MayBeHeard && AskOperations();

    private static bool MayBeHeard => isMade || (MayListen && Make());

    // The time first: the first look at the others takes longer than the rest of a first VM.
    private static bool MayListen => Environment.TickCount64 - FirstUse >= Patience
        || ListenerLibraries.HasEvents || EventPipeSettings.AreThere;

    /// <summary>
    /// One exit, where somebody asked for all of them or it is not known yet (<see cref="ExitEvents"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Exit(Vcpu vcpu, KvmExitReason reason)
    {
        if (MayBeHeard && !ExitEvents.AreIgnored)
        {
            Write(vcpu, reason);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void VmCreated(string vm) => KvmEventSource.Log.VmCreated(vm);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void VmDisposed(string vm) => KvmEventSource.Log.VmDisposed(vm);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void VcpuCreated(string vm, long vcpu) => KvmEventSource.Log.VcpuCreated(vm, vcpu);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void VcpuDisposed(string vm, long vcpu) => KvmEventSource.Log.VcpuDisposed(vm, vcpu);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void OperationBegins(string operation, string vm, long vcpu) =>
        KvmEventSource.Log.OperationBegins(operation, vm, vcpu);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void OperationEnded(string operation, string vm, long vcpu, string outcome) =>
        KvmEventSource.Log.OperationEnded(operation, vm, vcpu, outcome);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void UnhandledExit(string vm, long vcpu, string stop) =>
        KvmEventSource.Log.UnhandledExit(vm, vcpu, stop);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Write(Vcpu vcpu, KvmExitReason reason) => KvmEventSource.Log.Exit(
        vcpu.VmName, vcpu.Id, KvmNames.ExitReason((uint)reason) ?? $"KVM exit reason {(uint)reason}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool AskAll() => KvmEventSource.Log.IsEnabled();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool AskOperations() =>
        KvmEventSource.Log.IsEnabled(EventLevel.Informational, KvmEventSource.Keywords.Operations);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Make()
    {
        KvmEventSource.Log.FindOutAboutExits();
        isMade = true;
        return true;
    }
}
