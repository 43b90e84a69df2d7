using System.Globalization;
using Xunit.Abstractions;

namespace KvmInterop.Tests.LabRunner;

/// <summary>Takes what xunit says of the tests, and prints one line for each.</summary>
internal sealed class Results : IMessageSink, IDisposable
{
    private readonly Lock gate = new();
    private readonly List<ITestCase> cases = [];
    private readonly Slow slow = new(Print);
    private int passed;
    private int failed;
    private int skipped;

    public ManualResetEventSlim Discovered { get; } = new();

    public ManualResetEventSlim Finished { get; } = new();

    public void Dispose()
    {
        slow.Dispose();
        Discovered.Dispose();
        Finished.Dispose();
    }

    public bool HasFailures => failed > 0;

    public string Summary =>
        $"total {passed + failed + skipped}, passed {passed}, failed {failed}, skipped {skipped}";

    public IEnumerable<ITestCase> Chosen(string[] words)
    {
        string[] wanted = [.. words.Where(word => !word.StartsWith('-'))];
        string[] unwanted = [.. words.Where(word => word.StartsWith('-')).Select(word => word[1..])];
        return cases.Where(test =>
            (wanted.Length == 0 || wanted.Any(word => Has(test, word)))
            && !unwanted.Any(word => Has(test, word)));

        static bool Has(ITestCase test, string word) =>
            test.DisplayName.Contains(word, StringComparison.Ordinal);
    }

    public bool OnMessage(IMessageSinkMessage message)
    {
        lock (gate)
        {
            switch (message)
            {
                case ITestCaseDiscoveryMessage found:
                    cases.Add(found.TestCase);
                    break;
                case IDiscoveryCompleteMessage:
                    Discovered.Set();
                    break;
                case ITestStarting test:
                    slow.Begin(test.Test.DisplayName);
                    break;
                case ITestFinished test:
                    slow.End(test.Test.DisplayName);
                    break;
                case ITestPassed test:
                    passed++;
                    string seconds = test.ExecutionTime.ToString("0.000", CultureInfo.InvariantCulture);
                    Print($"PASS {test.Test.DisplayName} {seconds}s");
                    break;
                case ITestFailed test:
                    failed++;
                    Print($"FAIL {test.Test.DisplayName}");
                    Print("  " + string.Join("\n  ", test.Messages));
                    Print(string.Join('\n', test.StackTraces));
                    break;
                case ITestSkipped test:
                    skipped++;
                    Print($"SKIP {test.Test.DisplayName}: {test.Reason}");
                    break;
                case IErrorMessage error:
                    failed++;
                    Print("FAIL (outside of the tests)\n  " + string.Join("\n  ", error.Messages));
                    break;
                case ITestAssemblyFinished:
                    Finished.Set();
                    break;
            }
        }

        return true;
    }

    private static void Print(string text) => Console.Out.WriteLine(text);
}
