using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace KvmInterop.Examples;

/// <summary>
/// <c>--stats</c>: exits by reason, device and vCPU and the kernel's own statistics, every second below the
/// guest's output where standard error is a terminal, and at the end in any case.
/// </summary>
public sealed class StatisticsView : IDisposable
{
    private const int RowsOfAGroup = 4;
    private const int MostRows = 18;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly string[] Groups = ["vCPU", "exit", "device", "kernel"];

    private readonly IReadOnlyList<RunLoop> loops;
    private readonly List<KvmStatistics> kernel = [];
    private readonly long begun = Stopwatch.GetTimestamp();
    private readonly TerminalFooter? footer;
    private readonly ManualResetEventSlim ended = new();
    private readonly Thread? drawer;
    private StatisticsSample before;

    private StatisticsView(Vm vm, IReadOnlyList<RunLoop> loops)
    {
        this.loops = loops;
        foreach (RunLoop loop in loops)
        {
            loop.Pio.CollectsStatistics = true;
            loop.Mmio.CollectsStatistics = true;
        }

        OpenKernelStatistics(vm);
        before = StatisticsSample.Of(loops, kernel);
        footer = TerminalFooter.Open(MostRows);
        if (footer is not null)
        {
            drawer = new Thread(Draw) { IsBackground = true, Name = "statistics" };
            drawer.Start();
        }
    }

    /// <summary>Begins to show, if the command line asks for it; to be called before the run.</summary>
    /// <returns>To be disposed after the run and before the VM; null where nothing is asked for.</returns>
    public static StatisticsView? Start(ExampleOptions options, Vm vm, params IReadOnlyList<RunLoop> loops) =>
        options.Statistics ? new StatisticsView(vm, loops) : null;

    /// <summary>Takes the live table away and prints the last one, on standard error.</summary>
    public void Dispose()
    {
        ended.Set();
        drawer?.Join();
        footer?.Dispose();
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        string text = Render(StatisticsSample.Of(loops, kernel), null, seconds, 100, int.MaxValue);
        Console.Error.Write(text);
        kernel.ForEach(statistics => statistics.Dispose());
        ended.Dispose();
    }

    private void OpenKernelStatistics(Vm vm)
    {
        try
        {
            kernel.Add(vm.OpenStatistics());
            kernel.AddRange(loops.Select(loop => loop.Vcpu.OpenStatistics()));
        }
        catch (NotSupportedException)
        {
            // A kernel before 5.14: the table does without.
        }
    }

    private void Draw()
    {
        long last = begun;
        while (!ended.Wait(Interval))
        {
            StatisticsSample now = StatisticsSample.Of(loops, kernel);
            double seconds = Stopwatch.GetElapsedTime(last).TotalSeconds;
            last = Stopwatch.GetTimestamp();
            footer!.Draw(Render(now, before, seconds, TerminalFooter.Width, RowsOfAGroup));
            before = now;
        }
    }

    private static string Render(
        StatisticsSample now, StatisticsSample? before, double seconds, int width, int rows)
    {
        Table table = new Table { Border = TableBorder.Simple }
            .AddColumn("what").AddColumn("name")
            .AddColumn(new TableColumn("total").RightAligned())
            .AddColumn(new TableColumn("per second").RightAligned());
        foreach (string group in Groups)
        {
            foreach ((string name, double total, double grown) in now.Rows(group, before).Take(rows))
            {
                table.AddRow(new Text(group), new Text(name), Number(total), Number(grown / seconds));
            }
        }

        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        console.Write(table);
        return text.ToString();
    }

    private static Text Number(double value) =>
        new(value.ToString("#,0", CultureInfo.InvariantCulture));
}
