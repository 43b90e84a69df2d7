using KvmInterop.ApiModel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KvmInterop.Generator.Inputs;

/// <summary>A diagnostic as values, which can be compared and keep nothing of a compilation alive.</summary>
/// <param name="Mark">The text in the file that it is about; empty: the file's first character.</param>
internal sealed record Finding(string Id, string Path, string Mark, string Argument, string Other = "")
{
    public Finding(string id, string path, string mark)
        : this(id, path, mark, "")
    {
    }

    public int Offset { get; init; }

    public int Length { get; init; }

    /// <summary>Counted from 0.</summary>
    public int Line { get; init; }

    /// <summary>Counted from 0.</summary>
    public int Column { get; init; }

    public static Finding Unreadable(string path, ReadError error) =>
        new(error.IsUnknownSchema ? "KVMGEN002" : "KVMGEN001", path, "", error.Message)
        {
            Offset = error.Offset,
            Length = error.Length,
            Line = error.Line - 1,
            Column = error.Column - 1,
        };

    /// <summary>Finds the mark; a finding without one is where it is already.</summary>
    public Finding Locate(string text)
    {
        int offset = Mark.Length == 0 ? -1 : text.IndexOf(Mark, StringComparison.Ordinal);
        if (offset < 0)
        {
            return this;
        }

        int line = 0;
        int start = 0;
        for (int i = text.IndexOf('\n'); i >= 0 && i < offset; i = text.IndexOf('\n', i + 1))
        {
            line++;
            start = i + 1;
        }

        return this with { Offset = offset, Length = Mark.Length, Line = line, Column = offset - start };
    }

    public Diagnostic ToDiagnostic()
    {
        LinePosition start = new(Line, Column);
        LinePosition end = new(Line, Column + Length);
        Location location = Location.Create(
            Path, new TextSpan(Offset, Length), new LinePositionSpan(start, end));
        return Diagnostic.Create(Descriptors.All[Id], location, Argument, Other);
    }
}
