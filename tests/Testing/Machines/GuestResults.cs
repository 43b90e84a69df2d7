using System.Xml.Linq;
using Xunit;

namespace KvmInterop.Tests.Testing;

/// <summary>
/// What the tests that ran in the machine printed: <c>PASS</c>, <c>FAIL</c> and <c>SKIP</c> lines.
/// </summary>
public sealed class GuestResults
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    private readonly List<Result> results = [];

    /// <param name="output">All that the machine printed.</param>
    /// <param name="machine">What it is called in the messages of failed tests.</param>
    public GuestResults(string output, string machine)
    {
        foreach (string line in output.Split('\n'))
        {
            if (line.StartsWith("PASS ", StringComparison.Ordinal))
            {
                // The last word is how long it took.
                results.Add(new Result("Passed", line[5..line.LastIndexOf(' ')], ""));
            }
            else if (line.StartsWith("FAIL ", StringComparison.Ordinal))
            {
                results.Add(new Result("Failed", line[5..], $"on {machine}: "));
            }
            else if (line.StartsWith("SKIP ", StringComparison.Ordinal))
            {
                // Arguments have colons too, but before the closing parenthesis.
                int arguments = Math.Max(line.LastIndexOf("):", StringComparison.Ordinal), 0);
                int end = line.IndexOf(": ", arguments, StringComparison.Ordinal);
                results.Add(new Result("NotExecuted", line[5..end], line[(end + 2)..]));
            }
            else if (line.StartsWith("total ", StringComparison.Ordinal))
            {
                Summary = line;
            }
            else if (Summary.Length == 0 && results is [.., { Outcome: "Failed" } last])
            {
                // What a failed test says stands in the lines below it.
                results[^1] = last with { Message = $"{last.Message}{line.Trim()}\n" };
            }
        }
    }

    /// <summary>The runner's own count, at its end; empty if it did not come so far.</summary>
    public string Summary { get; } = "";

    /// <summary>The same from the lines.</summary>
    public string Counted =>
        $"total {results.Count}, passed {Count("Passed")}, failed {Count("Failed")}, "
        + $"skipped {Count("NotExecuted")}";

    public IEnumerable<string> Failed =>
        results.Where(result => result.Outcome == "Failed")
            .Select(result => $"{result.Name}: {result.Message}");

    public IEnumerable<string> Skipped =>
        results.Where(result => result.Outcome == "NotExecuted").Select(result => result.Name);

    /// <summary>Saves what a run in a machine printed for the report, and demands that it came to its end and no test
    /// of it failed.</summary>
    /// <param name="outcome">Of the runner.</param>
    /// <param name="machine">What the machine is called in the messages of failed tests.</param>
    /// <param name="folder">Below <c>artifacts/tests</c>.</param>
    public static GuestResults Judge(ShellOutcome outcome, string machine, string folder)
    {
        GuestResults results = new(outcome.Output, machine);
        results.Save(Repository.PathOf($"artifacts/tests/{folder}/results.trx"));

        Assert.True(results.Summary.Length > 0, outcome.Output);
        Assert.Equal(results.Summary, results.Counted);
        Assert.Empty(results.Failed);
        Assert.Equal(0, outcome.ExitCode);
        return results;
    }

    /// <summary>
    /// Writes them as a result file like those of the other tests, which build/TestReport.cs counts.
    /// </summary>
    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        new XDocument(new XElement(
            Trx + "TestRun",
            new XElement(Trx + "Results", results.Select(Element)))).Save(file);
    }

    private static XElement Element(Result result) => new(
        Trx + "UnitTestResult",
        new XAttribute("testName", result.Name),
        new XAttribute("outcome", result.Outcome),
        new XElement(
            Trx + "Output",
            new XElement(Trx + "ErrorInfo", new XElement(Trx + "Message", result.Message))));

    private int Count(string outcome) => results.Count(result => result.Outcome == outcome);

    private sealed record Result(string Outcome, string Name, string Message);
}
