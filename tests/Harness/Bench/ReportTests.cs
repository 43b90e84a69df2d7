using KvmInterop.Tests.Benchmarks;
using KvmInterop.Tests.Benchmarks.Reports;
using Spectre.Console;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>A run as a table on the terminal and as Markdown.</summary>
public sealed class ReportTests
{
    private static readonly BenchmarkRun Run = Runs.Of(
        Runs.Measured("met [really]", [10, 10, 10], [10, 10, 10], allocated: 0) with { Remark = "as is" },
        Runs.Measured("missed", [1000, 2000, 3000], [1000, 1000, 1000]),
        Runs.Measured("alone", [1.5], unit: "ms"),
        Runs.NotMeasured("KVM's", "/dev/kvm is not there"));

    [Fact]
    public void Markdown_everyKindOfResult_isARow() => Assert.Equal(
        """
        2026-11-26, KvmInterop 0.1.0+first, a processor, 2 cores, Linux, .NET; 3 runs of each, in turn

        | what | ratio | by processor time | goal | ours | theirs | bytes allocated |
        |---|--:|--:|--:|--:|--:|--:|
        | met [really] (as is) | 1.00 | 1.00 | 1.50 | 10.0 ns [10.0 - 10.0] | 10.0 ns [10.0 - 10.0] | 0 |
        | missed | 2.00 | 2.00 | 1.50 | 2,000.0 ns [1,500.0 - 2,500.0] | 1,000.0 ns [1,000.0 - 1,000.0] |  |
        | alone |  |  | 1.50 | 1.5 ms [1.5 - 1.5] |  |  |
        | KVM's | not measured |  | 1.50 | /dev/kvm is not there |  |  |

        """,
        MarkdownReport.ToText(Run));

    [Fact]
    public void Table_everyKindOfResult_isThere()
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;

        TableReport.Write(Run, console);

        string text = output.ToString();
        Assert.All(
            ["met [really]", "as is", "2,000.0 ns [1,500.0 - 2,500.0]", "2.00", "/dev/kvm is not there"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }
}
