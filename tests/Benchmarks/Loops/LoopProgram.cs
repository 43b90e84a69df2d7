using System.Diagnostics;
using System.Globalization;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>
/// This program as a side of <see cref="LoopPair"/>: reads "NAME COUNT" lines, as <c>C/main.c</c> does, and
/// answers each with the nanoseconds, the thread's processor nanoseconds and the managed bytes of one.
/// </summary>
internal static class LoopProgram
{
    public const string Verb = "loops";

    public static int Run()
    {
        var loops = new Dictionary<string, Func<ILoop>>(StringComparer.Ordinal)
        {
            ["pio"] = () => GuestLoop.Pio(),
            ["mmio"] = () => GuestLoop.Mmio(),
            ["string"] = () => GuestLoop.String(),
            ["immediate"] = () => new ImmediateLoop(),
            ["version"] = () => new VersionLoop(),
            ["extension"] = () => new ExtensionLoop(),
            ["create"] = () => new CreateLoop(),
            ["restore"] = () => new RestoreLoop(),
            ["fresh-start"] = () => new FreshStartLoop(),
            ["at-once-1"] = () => new AtOnceLoop(1),
            ["at-once-2"] = () => new AtOnceLoop(2),
            ["at-once-4"] = () => new AtOnceLoop(4),
            ["dispatch-pio-1"] = () => new PioDispatchLoop(1),
            ["dispatch-pio-10"] = () => new PioDispatchLoop(10),
            ["dispatch-pio-100"] = () => new PioDispatchLoop(100),
            ["dispatch-pio-1000"] = () => new PioDispatchLoop(1000),
            ["dispatch-mmio-1000"] = () => new MmioDispatchLoop(1000),
        };
        var made = new Dictionary<string, ILoop>(StringComparer.Ordinal);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (!made.TryGetValue(words[0], out ILoop? loop))
            {
                loop = made[words[0]] = loops[words[0]]();
            }

            Console.WriteLine(Measure(loop, long.Parse(words[1], CultureInfo.InvariantCulture)));
        }

        foreach (IDisposable loop in made.Values.OfType<IDisposable>())
        {
            loop.Dispose();
        }

        return 0;
    }

    private static string Measure(ILoop loop, long count)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        long processor = ThreadClock.Nanoseconds;
        loop.Run(count);
        processor = ThreadClock.Nanoseconds - processor;
        double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

        // Whole bytes: no object has less than one for each, and the result of the whole run is one object.
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed / count:0.0000} {(double)processor / count:0.0000} {allocated / count}");
    }
}
