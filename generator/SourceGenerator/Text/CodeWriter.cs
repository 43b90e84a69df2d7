using System.Runtime.CompilerServices;
using System.Text;

namespace KvmInterop.Generator.Text;

/// <summary>
/// Writes indented text. Line ends are always <c>\n</c> and numbers always invariant, so that what is
/// generated does not depend on the machine that generates it.
/// </summary>
internal sealed partial class CodeWriter
{
    private const string Indentation = "    ";

    private readonly StringBuilder text = new(4096);
    private int depth;

    private bool AtLineStart => text.Length == 0 || text[text.Length - 1] == '\n';

    /// <summary>How far in the next line begins.</summary>
    public int Indented => depth * Indentation.Length;

    /// <summary>Writes text; every line of it is indented, and an empty line stays empty.</summary>
    public CodeWriter Write(string value)
    {
        int start = 0;
        while (start < value.Length)
        {
            int end = value.IndexOf('\n', start);
            int next = end < 0 ? value.Length : end + 1;
            int length = (end < 0 ? value.Length : end) - start;
            if (length > 0 && value[start + length - 1] == '\r')
            {
                length--;
            }

            if (length > 0)
            {
                Indent();
                text.Append(value, start, length);
            }

            if (end >= 0)
            {
                text.Append('\n');
            }

            start = next;
        }

        return this;
    }

    public CodeWriter Write([InterpolatedStringHandlerArgument("")] ref Interpolation value)
    {
        value.Complete();
        return this;
    }

    public CodeWriter WriteLine(string value)
    {
        Write(value);
        text.Append('\n');
        return this;
    }

    public CodeWriter WriteLine([InterpolatedStringHandlerArgument("")] ref Interpolation value)
    {
        value.Complete();
        text.Append('\n');
        return this;
    }

    /// <summary>An empty line, unless there is one already or a block has just been opened.</summary>
    public CodeWriter Separate()
    {
        int length = text.Length;
        bool opened = length >= 2 && text[length - 1] == '\n' && text[length - 2] == '{';
        bool empty = length >= 2 && text[length - 1] == '\n' && text[length - 2] == '\n';
        if (length > 0 && !opened && !empty)
        {
            text.Append('\n');
        }

        return this;
    }

    /// <summary>Opens braces, to be closed by disposing the result.</summary>
    public Block OpenBlock(string header)
    {
        WriteLine(header);
        return OpenBlock();
    }

    public Block OpenBlock()
    {
        WriteLine("{");
        depth++;
        return new Block(this, "}");
    }

    /// <summary>Lines that are one level further in, without braces.</summary>
    public Block Deeper()
    {
        depth++;
        return new Block(this, "");
    }

    public override string ToString() => text.ToString();

    private void Indent()
    {
        if (AtLineStart)
        {
            for (int i = 0; i < depth; i++)
            {
                text.Append(Indentation);
            }
        }
    }

    private void Close(string end)
    {
        depth--;
        if (end.Length > 0)
        {
            WriteLine(end);
        }
    }

    internal readonly struct Block(CodeWriter writer, string end) : IDisposable
    {
        public void Dispose() => writer.Close(end);
    }
}
