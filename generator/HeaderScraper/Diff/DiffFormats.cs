using System.Text;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The forms of a report.</summary>
internal static class DiffFormats
{
    public const string Text = "text";

    public static string[] Names { get; } = [Text, "markdown", "json", "html", "known"];

    /// <param name="file">Null for the screen.</param>
    public static void Write(ModelDiff diff, string format, string? file, Screen screen)
    {
        if (format == Text && file is null)
        {
            screen.Write(DiffText.Of(diff));
            return;
        }

        string text = format switch
        {
            "markdown" => DiffMarkdown.Of(diff),
            "json" => DiffJson.Of(diff),
            "html" => DiffHtml.Of(diff),
            "known" => DiffKnown.Of(diff),
            _ => string.Concat(DiffText.Of(diff).Select(line => $"{line}\n")),
        };
        if (file is null)
        {
            screen.Output.Write(text);
        }
        else
        {
            File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
    }
}
