using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;

namespace KvmInterop.Tests.LateListener;

/// <summary>What there is for listeners of events. Apart, as <see cref="Meters"/> are.</summary>
internal static class Events
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void IsSourceThere() => Console.WriteLine(
        "source: " + EventSource.GetSources().Any(source => source.Name == KvmMeter.Name));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void WhatIsHeard()
    {
        using Listener listener = new();
        KvmOperation.Begin("run", "vm1")?.Dispose();
    }

    private sealed class Listener : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == KvmMeter.Name)
            {
                EnableEvents(eventSource, EventLevel.Informational);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            Console.WriteLine($"{eventData.EventName} {eventData.Payload?[0]}");
    }
}
