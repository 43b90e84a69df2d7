using System.Diagnostics.Tracing;

namespace KvmInterop;

/// <summary>
/// The event source <c>KvmInterop</c>, for <c>dotnet-trace</c>, PerfView and <see cref="EventListener"/>.
/// </summary>
/// <remarks>
/// Written with <see cref="EventSource.EventSourcePrimitive"/>, which needs no reflection over the arguments:
/// trimming is safe. Where a program is published with EventSourceSupport off, nothing is enabled. Told of by
/// <see cref="KvmEvents"/> alone, which knows when it is needed.
/// </remarks>
[EventSource(Name = KvmMeter.Name)]
internal sealed class KvmEventSource : EventSource
{
    internal static readonly KvmEventSource Log = new();

    // By name, where the attribute, which tools read, would be read by reflection with the first VM.
    private KvmEventSource()
        : base(KvmMeter.Name, EventSourceSettings.EtwManifestEventFormat)
    {
    }

    [Event(1, Level = EventLevel.Informational, Keywords = Keywords.Lifetime, Message = "VM {0} created")]
    public void VmCreated(string vm) => WriteEvent(1, vm);

    [Event(2, Level = EventLevel.Informational, Keywords = Keywords.Lifetime, Message = "VM {0} disposed")]
    public void VmDisposed(string vm) => WriteEvent(2, vm);

    [Event(3, Level = EventLevel.Informational, Keywords = Keywords.Lifetime,
        Message = "vCPU {1} of {0} created")]
    public void VcpuCreated(string vm, long vcpu) => WriteEvent(3, vm, vcpu);

    [Event(4, Level = EventLevel.Informational, Keywords = Keywords.Lifetime,
        Message = "vCPU {1} of {0} disposed")]
    public void VcpuDisposed(string vm, long vcpu) => WriteEvent(4, vm, vcpu);

    [Event(5, Level = EventLevel.Informational, Keywords = Keywords.Operations,
        Message = "{0} of {1} begins")]
    public void OperationBegins(string operation, string vm, long vcpu) =>
        WriteEvent(5, [operation, vm, vcpu]);

    [Event(6, Level = EventLevel.Informational, Keywords = Keywords.Operations,
        Message = "{0} of {1} ended: {3}")]
    public void OperationEnded(string operation, string vm, long vcpu, string outcome) =>
        WriteEvent(6, [operation, vm, vcpu, outcome]);

    [Event(7, Level = EventLevel.Warning, Keywords = Keywords.Operations,
        Message = "vCPU {1} of {0}: {2}")]
    public void UnhandledExit(string vm, long vcpu, string stop) => WriteEvent(7, [vm, vcpu, stop]);

    [Event(8, Level = EventLevel.Verbose, Keywords = Keywords.Exits, Message = "vCPU {1} of {0}: {2}")]
    public void Exit(string vm, long vcpu, string reason) => WriteEvent(8, [vm, vcpu, reason]);

    /// <summary>Writes down whether somebody asks for an event for every exit.</summary>
    [NonEvent]
    internal void FindOutAboutExits()
    {
        // Again where it changed meanwhile: of two threads, the one with the older answer may write last.
        bool areWanted;
        do
        {
            areWanted = IsEnabled(EventLevel.Verbose, Keywords.Exits);
            Volatile.Write(ref ExitEvents.AreIgnored, !areWanted);
            Interlocked.MemoryBarrier();
        }
        while (IsEnabled(EventLevel.Verbose, Keywords.Exits) != areWanted);
    }

    protected override void OnEventCommand(EventCommandEventArgs command) => FindOutAboutExits();

    /// <summary>What a listener chooses from.</summary>
    public static class Keywords
    {
        public const EventKeywords Lifetime = (EventKeywords)0x1;
        public const EventKeywords Operations = (EventKeywords)0x2;

        /// <summary>Every single exit: hundreds of thousands a second.</summary>
        public const EventKeywords Exits = (EventKeywords)0x4;
    }
}
