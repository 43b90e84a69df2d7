using KvmInterop.ApiModel;
using Microsoft.CodeAnalysis;

namespace KvmInterop.Generator.Inputs;

/// <summary>
/// A list of the names to generate, <c>KvmApis.txt</c>: names and patterns of C names, what begins with
/// <c>!</c> left out, comments after <c>#</c> or <c>//</c>. Where they stand is no part of it, so that moving
/// them generates nothing anew.
/// </summary>
internal sealed record ApiList(string Path, EquatableArray<string> Patterns)
{
    private const string Name = "KvmApis.txt";

    public static bool HasName(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        return string.Equals(name, Name, StringComparison.OrdinalIgnoreCase)
            || name.EndsWith("." + Name, StringComparison.OrdinalIgnoreCase);
    }

    public static ApiList Read(InputFile file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        IEnumerable<string> patterns = ApiListEntry.Read(file.Text).Select(entry => entry.Pattern);
        return new ApiList(file.Path, new EquatableArray<string>(patterns));
    }
}

/// <summary>One name or pattern and where it stands, counted from 0.</summary>
internal sealed record ApiListEntry(string Pattern, int Offset, int Line, int Column)
{
    private static readonly char[] Separators = [' ', '\t', '\r', ',', ';'];

    /// <summary>C's own words before a tag, which people copy along.</summary>
    private static readonly string[] Kinds = ["struct", "union", "enum"];

    public static IEnumerable<ApiListEntry> Read(string text)
    {
        int start = 0;
        string[] lines = text.Split('\n');
        for (int line = 0; line < lines.Length; line++)
        {
            string content = WithoutComment(lines[line]);
            int column = 0;
            while (column < content.Length)
            {
                int end = content.IndexOfAny(Separators, column);
                end = end < 0 ? content.Length : end;
                string word = content.Substring(column, end - column);
                if (word.Length > 0 && Array.IndexOf(Kinds, word) < 0)
                {
                    yield return new ApiListEntry(word, start + column, line, column);
                }

                column = end + 1;
            }

            start += lines[line].Length + 1;
        }
    }

    private static string WithoutComment(string line)
    {
        int hash = line.IndexOf('#');
        int slashes = line.IndexOf("//", StringComparison.Ordinal);
        int end = hash < 0 ? slashes : slashes < 0 ? hash : Math.Min(hash, slashes);
        return end < 0 ? line : line.Substring(0, end);
    }
}
