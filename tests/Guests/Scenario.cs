using System.Diagnostics;
using System.Globalization;

namespace KvmInterop.Tests.Guests;

/// <summary>One thing that guests do, and its line in the lab's table.</summary>
/// <param name="name">What the table calls it.</param>
internal sealed class Scenario(string name)
{
    private readonly List<string> exits = [];

    /// <summary>Adds to the line by what a guest left KVM.</summary>
    /// <param name="text">Exits by type.</param>
    public void Note(string text) => exits.Add(text);

    /// <summary>Runs it; one that stalls is run once more, and its line says so.</summary>
    /// <remarks>Skips the running test where there is no KVM for such guests.</remarks>
    public void Run(Action body)
    {
        GuestFiles.Require();
        long begun = Stopwatch.GetTimestamp();
        string result = "passed";
        try
        {
            try
            {
                body();
            }
            catch (StalledException e)
            {
                Console.Out.WriteLine($"{name} stalled: {e.Message}");
                exits.Clear();
                result = "passed at the second try, the first stalled";
                body();
            }
        }
        catch
        {
            result = "failed";
            throw;
        }
        finally
        {
            string seconds =
                Stopwatch.GetElapsedTime(begun).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            Console.Out.WriteLine($"SCENARIO {name}|{seconds}|{result}|{string.Join("; ", exits)}");
        }
    }
}
