using System.Text;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>A figure as a drawing: a panel for each unit, in two columns.</summary>
internal static class ScalePlot
{
    private const int Columns = 2;
    private const double Width = 460;
    private const double Height = 330;

    // Around the legend's text, which is cut off at its edge.
    private const double LegendPadding = 10;

    // From here on a linear axis would show the smaller values as a line at the bottom.
    private const double WideSpread = 30;

    private const string RoomForLegend = "    ";

    // Colours that are told apart by those who see red and green alike (Okabe and Ito, 2008).
    private static readonly OxyColor[] Colours =
    [
        OxyColor.FromRgb(0, 114, 178), OxyColor.FromRgb(213, 94, 0), OxyColor.FromRgb(0, 158, 115),
        OxyColor.FromRgb(204, 121, 167),
    ];

    private static readonly MarkerType[] Markers =
        [MarkerType.Circle, MarkerType.Square, MarkerType.Triangle, MarkerType.Diamond];

    private static readonly OxyColor Grid = OxyColor.FromRgb(228, 228, 228);
    private static readonly OxyColor Frame = OxyColor.FromRgb(120, 120, 120);

    public static void Write(ScaleResult result, string file)
    {
        PlotModel[] panels = [.. Panels(result)];
        int rows = (panels.Length + Columns - 1) / Columns;
        int columns = Math.Min(Columns, panels.Length);
        using var stream = new MemoryStream();
        using (var context = new SvgRenderContext(
            stream, columns * Width, rows * Height, isDocument: true, new PlotText(), OxyColors.White,
            useVerticalTextAlignmentWorkaround: true))
        {
            for (int i = 0; i < panels.Length; i++)
            {
                IPlotModel panel = panels[i];
                panel.Update(updateData: true);
                panel.Render(
                    context, new OxyRect(i % Columns * Width, i / Columns * Height, Width, Height));
            }

            context.Complete();
            context.Flush();
        }

        // Lines end as in all files of the repository, and no mark stands before the first.
        string text = Encoding.UTF8.GetString(stream.ToArray()).TrimStart('\ufeff');
        File.WriteAllText(file, text.ReplaceLineEndings("\n").TrimEnd() + "\n");
    }

    private static IEnumerable<PlotModel> Panels(ScaleResult result) =>
        result.Figure.Quantities.Select((quantity, i) => (Quantity: quantity, Index: i))
            .GroupBy(item => item.Quantity.Panel)
            .Select(group => Panel(result, group.Key, [.. group]));

    private static PlotModel Panel(
        ScaleResult result, string title, (ScaleQuantity Quantity, int Index)[] items)
    {
        PlotModel model = new()
        {
            Title = title,
            TitleFontSize = 14,
            DefaultFont = PlotText.Fonts,
            DefaultFontSize = 12,
            PlotAreaBorderColor = Frame,
            Padding = new OxyThickness(12, 12, 20, 8),
        };
        double[] values =
        [
            .. items.SelectMany(item => result.Points.Select(point => point.Values[item.Index]))
                .Where(value => value > 0),
        ];
        model.Axes.Add(CountAxis(result));
        model.Axes.Add(ValueAxis(values, items));
        foreach ((ScaleQuantity quantity, int index) in items)
        {
            model.Series.Add(Line(result, quantity, index, model.Series.Count));
        }

        if (items.Select(item => item.Quantity.Goal).FirstOrDefault(goal => goal is not null) is double limit)
        {
            model.Annotations.Add(Goal(limit));
        }

        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.BottomLeft,
            LegendOrientation = LegendOrientation.Vertical,
            LegendFontSize = 12,
            LegendPadding = LegendPadding,
        });
        return model;
    }

    private static LogarithmicAxis CountAxis(ScaleResult result)
    {
        int most = result.Points[^1].Count;
        return new LogarithmicAxis
        {
            Position = AxisPosition.Bottom,
            Title = result.Figure.Of,
            Base = most <= 100 ? 2 : 10,
            Minimum = 0.9,
            Maximum = most * 1.2,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = Grid,
            MinorTickSize = 0,
            TicklineColor = Frame,
            AxisTitleDistance = 6,
        };
    }

    private static Axis ValueAxis(double[] values, (ScaleQuantity Quantity, int Index)[] items)
    {
        double most = Math.Max(values.DefaultIfEmpty(1).Max(), items.Max(item => item.Quantity.Goal ?? 0));
        double least = values.DefaultIfEmpty(1).Min();
        Axis axis = most / least > WideSpread
            ? new LogarithmicAxis
            {
                Minimum = Math.Pow(10, Math.Floor(Math.Log10(least))),
                Maximum = Math.Pow(10, Math.Ceiling(Math.Log10(most * 1.05))),
            }
            : new LinearAxis { Minimum = 0, Maximum = most * 1.15 };
        axis.Position = AxisPosition.Left;
        axis.Title = items[0].Quantity.Unit;
        axis.StringFormat = "#,0.###";
        axis.MajorGridlineStyle = LineStyle.Solid;
        axis.MajorGridlineColor = Grid;
        axis.MinorTickSize = 0;
        axis.TicklineColor = Frame;
        axis.AxisTitleDistance = 8;
        return axis;
    }

    private static LineSeries Line(ScaleResult result, ScaleQuantity quantity, int index, int number)
    {
        OxyColor colour = Colours[number % Colours.Length];
        LineSeries line = new()
        {
            Title = quantity.Name + RoomForLegend,
            Color = colour,
            StrokeThickness = 2,
            MarkerType = Markers[number % Markers.Length],
            MarkerSize = 4,
            MarkerFill = colour,
        };
        line.Points.AddRange(result.Points
            .Where(point => point.Values[index] > 0)
            .Select(point => new DataPoint(point.Count, point.Values[index])));
        return line;
    }

    private static LineAnnotation Goal(double limit) => new()
    {
        Type = LineAnnotationType.Horizontal,
        Y = limit,
        Color = OxyColors.Black,
        LineStyle = LineStyle.Dash,
        Text = $"goal: {limit:0.##}",
        TextLinePosition = 1,
        TextHorizontalAlignment = HorizontalAlignment.Right,
    };
}
