namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>How figures grow with the number of something.</summary>
/// <param name="Name">What is measured; in the name of the plot's file too, lower case with hyphens.</param>
/// <param name="Of">What there is more and more of.</param>
/// <param name="Counts">How many, rising.</param>
/// <param name="FilesForEach">Open files that one of them takes.</param>
/// <param name="Programs">Names in <see cref="ScaleProgram"/>, each of which measures some of the quantities
/// in a process of its own, so that none finds memory that another has used.</param>
/// <param name="Missing">Why it cannot be measured here and what to do about it; null where it can.</param>
internal sealed record ScaleFigure(
    string Name, string Title, string Of, IReadOnlyList<int> Counts, int FilesForEach,
    IReadOnlyList<ScaleProgramPart> Programs, string? Missing)
{
    public IEnumerable<ScaleQuantity> Quantities => Programs.SelectMany(part => part.Quantities);

    /// <summary>What <c>--only</c> looks at.</summary>
    public string FullName => $"scale: {Title}";

    public string FileName => $"scale-{Name}.svg";
}

/// <summary>A program and what it prints for each count, in this order.</summary>
internal sealed record ScaleProgramPart(string Program, IReadOnlyList<ScaleQuantity> Quantities);

/// <param name="Name">What it is called in tables and legends.</param>
/// <param name="Panel">Quantities of one panel are drawn together; its title says what they are.</param>
/// <param name="Unit">The panel's unit.</param>
/// <param name="Goal">Not to be exceeded with the most of them; null without one.</param>
internal sealed record ScaleQuantity(string Name, string Panel, string Unit, double? Goal = null);

/// <param name="Values">In the order of <see cref="ScaleFigure.Quantities"/>.</param>
internal sealed record ScalePoint(int Count, IReadOnlyList<double> Values);

/// <summary>What came of a figure; without points where it was not measured.</summary>
/// <param name="Remarks">What the reader must know: a limit of the machine, why nothing was measured.</param>
internal sealed record ScaleResult(
    ScaleFigure Figure, IReadOnlyList<ScalePoint> Points, IReadOnlyList<string> Remarks)
{
    public static ScaleResult Missing(ScaleFigure figure, string reason) => new(figure, [], [reason]);
}
