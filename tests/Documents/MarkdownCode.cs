namespace KvmInterop.Tests.Documents;

/// <summary>A fenced block of a Markdown file.</summary>
/// <param name="Line">The line of its first line of code, from 1.</param>
public sealed record MarkdownCode(string File, int Line, string Language, string Text)
{
    public static IEnumerable<MarkdownCode> ReadAll(string language) => Repository
        .Files("*.md")
        .SelectMany(file => Read(file, LinesOf(file)))
        .Where(block => block.Language == language);

    public override string ToString() => $"{File}:{Line}";

    private static IEnumerable<MarkdownCode> Read(string file, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            int first = i + 1;
            do
            {
                i++;
            }
            while (i < lines.Length && lines[i] != "```");

            yield return new MarkdownCode(
                file, first + 1, lines[first - 1][3..].Trim(), string.Join('\n', lines[first..i]));
        }
    }

    private static string[] LinesOf(string file) => System.IO.File.ReadAllLines(Repository.PathOf(file));
}
