namespace KvmInterop.ApiModel;

/// <summary>What is wrong with a document that this project reads, and where.</summary>
/// <param name="Message">One sentence for the person who has to repair the document.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1, in UTF-16 units.</param>
/// <param name="Offset">Index of the first character at fault.</param>
/// <param name="Length">Number of characters at fault; 0 at the end of the text.</param>
internal sealed record ReadError(string Message, int Line, int Column, int Offset, int Length)
{
    /// <summary>Nothing is wrong with the document, but it is of another version than this code.</summary>
    public bool IsUnknownSchema { get; init; }

    public override string ToString() => $"{Line}:{Column}: {Message}";
}

/// <summary>A document, or the reason why there is none: exactly one of the two is null.</summary>
internal sealed record ReadResult<T>(T? Document, ReadError? Error)
    where T : class;

/// <summary>Carries the first error out of the nested readers; never leaves
/// <c>KvmInterop.ApiModel</c>.</summary>
internal sealed class ReadException(string message, int start, int end) : Exception(message)
{
    public bool IsUnknownSchema { get; init; }

    public ReadError Locate(string text)
    {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < start && i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }

        return new ReadError(Message, line, start - lineStart + 1, start, Math.Max(0, end - start))
        {
            IsUnknownSchema = IsUnknownSchema,
        };
    }
}
