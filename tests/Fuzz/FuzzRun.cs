using System.Diagnostics;
using System.Globalization;

namespace KvmInterop.Tests.Fuzz;

/// <summary>Gives a target its inputs, one after the other.</summary>
internal sealed class FuzzRun(FuzzTarget target, FuzzOptions options)
{
    private TimeSpan longest;
    private long longestInput;

    public long Taken { get; private set; }

    public long Refused { get; private set; }

    /// <summary>The input that failed, and how; null where none did.</summary>
    public (long Input, byte[] Bytes, Exception Problem)? Failure { get; private set; }

    /// <summary>Told of each input before it runs.</summary>
    public Action<long>? Begins { get; init; }

    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name,-24} {Taken,10:#,0} taken {Refused,10:#,0} refused, the longest "
            + $"{longest.TotalMilliseconds,7:0.0} ms (input {longestInput})")
        + $"\n  {target.Tally}".TrimEnd();

    /// <returns>Whether all inputs went well.</returns>
    public bool Run()
    {
        for (long input = options.First; input < options.First + options.Inputs; input++)
        {
            Begins?.Invoke(input);
            byte[] bytes = target.Make(options.Seed, input);
            long start = Stopwatch.GetTimestamp();
            try
            {
                if (target.RunWithin(bytes))
                {
                    Taken++;
                }
                else
                {
                    Refused++;
                }
            }
            catch (Exception e)
            {
                Failure = (input, bytes, e);
                return false;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed > longest && input > options.First)
            {
                (longest, longestInput) = (elapsed, input);
            }
        }

        return true;
    }
}
