using System.Diagnostics.Tracing;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>What a listener of events sees. Alone: a listener hears all VMs of the process.</summary>
[Collection(Alone.Name)]
public sealed class EventSourceTests
{
    [SkippableFact]
    public void Events_ofALife_comeInOrder()
    {
        List<string> seen = Listen(EventLevel.Informational);

        Assert.Equal(
            [
                "OperationBegins create VM", "VmCreated", "OperationEnded create VM", "VcpuCreated",
                "OperationBegins run", "OperationEnded run", "VcpuDisposed", "VmDisposed",
            ],
            seen);
    }

    [SkippableFact]
    public void Exits_atVerbose_areEachAnEvent()
    {
        List<string> seen = Listen(EventLevel.Verbose);

        Assert.Equal(
            ["Exit KVM_EXIT_IO", "Exit KVM_EXIT_IO", "Exit KVM_EXIT_HLT"],
            seen.Where(name => name.StartsWith("Exit ", StringComparison.Ordinal)));
        Assert.True(ExitEvents.AreIgnored); // The listener has gone, and with it the cost.
    }

    [Fact]
    public void Source_madeByName_isTheOneThatItsAttributeSays()
    {
        Assert.Equal(EventSource.GetName(typeof(KvmEventSource)), KvmEventSource.Log.Name);
        Assert.Equal(EventSource.GetGuid(typeof(KvmEventSource)), KvmEventSource.Log.Guid);
        Assert.Equal(EventSourceSettings.EtwManifestEventFormat, KvmEventSource.Log.Settings);
        Assert.Null(KvmEventSource.Log.ConstructionException);
    }

    private static List<string> Listen(EventLevel level)
    {
        using Listener listener = new(level);
        using (GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x10, al);
            guest.@out(0x10, al);
            guest.hlt();
        }))
        {
            machine.Loop.Run();
        }

        return listener.Seen;
    }

    private sealed class Listener(EventLevel level) : EventListener
    {
        public List<string> Seen { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == KvmMeter.Name)
            {
                EnableEvents(eventSource, level, EventKeywords.All);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            Seen.Add(eventData.EventName switch
            {
                "Exit" => $"Exit {eventData.Payload?[^1]}",
                "OperationBegins" or "OperationEnded" => $"{eventData.EventName} {eventData.Payload?[0]}",
                _ => $"{eventData.EventName}",
            });
        }
    }
}
