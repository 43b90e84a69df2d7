using OxyPlot;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>
/// Tells the plots how large text will be. Who looks at an SVG draws it with fonts of their own: this is what
/// the widest of the usual ones take, so that nothing overlaps.
/// </summary>
internal sealed class PlotText() : PdfRenderContext(1, 1, OxyColors.White)
{
    public const string Fonts = "Arial, Helvetica, Liberation Sans, DejaVu Sans, sans-serif";

    private const double WidthOfCharacter = 0.6;
    private const double WidthOfBoldCharacter = 0.68;
    private const double HeightOfLine = 1.25;

    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        if (string.IsNullOrEmpty(text))
        {
            return OxySize.Empty;
        }

        double width = fontWeight > FontWeights.Normal ? WidthOfBoldCharacter : WidthOfCharacter;
        return new OxySize(text.Length * width * fontSize, HeightOfLine * fontSize);
    }
}
