using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace KvmInterop.Tests.LabRunner;

/// <summary>Says which tests take long, so that one that hangs is known by name.</summary>
/// <remarks>
/// The time until a test is told of doubles with each line: one without an end falls silent, and whoever
/// watches the output for silence ends it.
/// </remarks>
internal sealed class Slow : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Mark> running = new(StringComparer.Ordinal);
    private readonly Action<string> print;
    private readonly Timer timer;

    /// <param name="print">Called on a thread of the pool.</param>
    public Slow(Action<string> print)
    {
        this.print = print;
        timer = new Timer(_ => Look(), null, Step, Step);
    }

    public void Begin(string test) => running[test] = new Mark(Stopwatch.GetTimestamp(), First);

    public void End(string test) => running.TryRemove(test, out _);

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        foreach ((string test, Mark mark) in running)
        {
            TimeSpan time = Stopwatch.GetElapsedTime(mark.Begun);
            if (time >= mark.Next && running.TryUpdate(test, mark with { Next = 2 * mark.Next }, mark))
            {
                string seconds = time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
                print($"RUNNING {test} for {seconds}s");
            }
        }
    }

    private sealed record Mark(long Begun, TimeSpan Next);
}
