using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace KvmInterop.Tests.LateListener;

/// <summary>
/// What listeners of meters and activities see. Apart, since the library is loaded with a method that names a
/// listener.
/// </summary>
internal static class Meters
{
    public static void LoadedBefore() => Console.WriteLine(
        "loaded: " + AppDomain.CurrentDomain.GetAssemblies()
            .Any(assembly => assembly.GetName().Name == "System.Diagnostics.DiagnosticSource"));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void WhatIsSeen()
    {
        using MeterListener listener = new()
        {
            InstrumentPublished = static (instrument, _) =>
            {
                if (instrument.Meter.Name == KvmMeter.Name)
                {
                    Console.WriteLine(instrument.Name);
                }
            },
        };
        listener.Start();

        ActivitySource.AddActivityListener(new ActivityListener
        {
            ShouldListenTo = static source => source.Name == KvmMeter.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllData,
            ActivityStarted = static activity => Console.WriteLine($"activity: {activity.OperationName}"),
        });
        KvmOperation.Begin("run", "vm1")?.Dispose();
    }
}
