using System.Globalization;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>Measures figures, each part in a process of its own.</summary>
internal static class ScaleRunner
{
    // What the runtime, its libraries and pipes have open.
    private const int FilesOfProcess = 200;

    public static ScaleResult Measure(ScaleFigure figure)
    {
        if (figure.Missing is { } reason)
        {
            return ScaleResult.Missing(figure, reason);
        }

        List<string> remarks = [];
        int[] counts = [.. figure.Counts.Where(count => HasFilesFor(figure, count))];
        if (counts.Length < figure.Counts.Count)
        {
            remarks.Add(
                $"this machine gives a process {OpenFiles.Most:#,0} open files, too few for "
                + $"{figure.Counts[^1]:#,0} {figure.Of}; raise it by ulimit -Hn");
        }

        List<double>[] rows = [.. counts.Select(_ => new List<double>())];
        foreach (ScaleProgramPart part in figure.Programs)
        {
            string[] lines = Run(part, counts);
            for (int i = 0; i < counts.Length; i++)
            {
                rows[i].AddRange(Parse(lines[i], part));
            }
        }

        return new ScaleResult(
            figure, [.. counts.Select((count, i) => new ScalePoint(count, rows[i]))], remarks);
    }

    private static bool HasFilesFor(ScaleFigure figure, int count) =>
        ((long)count * figure.FilesForEach) + FilesOfProcess <= OpenFiles.Most;

    private static string[] Run(ScaleProgramPart part, int[] counts)
    {
        IEnumerable<string> numbers = counts.Select(count => count.ToString(CultureInfo.InvariantCulture));
        string output = new ProcessCommand(
            Environment.ProcessPath!, [ScaleProgram.Verb, part.Program, .. numbers]).Execute();
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == counts.Length
            ? lines
            : throw new InvalidOperationException(
                $"{part.Program} measured {lines.Length} of {counts.Length}.");
    }

    private static double[] Parse(string line, ScaleProgramPart part)
    {
        double[] values =
            [.. line.Split(' ').Skip(1).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return values.Length == part.Quantities.Count
            ? values
            : throw new InvalidOperationException($"{part.Program} printed '{line}'.");
    }
}
