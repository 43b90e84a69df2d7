using System.Text;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>Splits the body of a <c>#define</c> into C's preprocessing tokens (C11 6.4).</summary>
internal ref struct MacroLexer(ReadOnlySpan<byte> text, int offset)
{
    private static readonly string[] Punctuators =
        ["...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "##"];

    private readonly ReadOnlySpan<byte> text = text;
    private int position = offset;

    /// <summary>The tokens from the start to the end of the directive.</summary>
    public static List<string> Read(ReadOnlySpan<byte> text, int offset)
    {
        MacroLexer lexer = new(text, offset);
        List<string> tokens = [];
        while (lexer.SkipSpace())
        {
            tokens.Add(lexer.ReadToken());
        }

        return tokens;
    }

    public static bool IsIdentifierStart(char c) => char.IsAsciiLetter(c) || c == '_';

    /// <summary>False at the end of the directive: a line feed that no backslash takes back.</summary>
    private bool SkipSpace()
    {
        while (position < text.Length)
        {
            byte c = text[position];
            if (c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\f' or (byte)'\v')
            {
                position++;
            }
            else if (c == '\\' && Splice(position + 1) is var after and > 0)
            {
                position = after;
            }
            else if (Follows("/*"))
            {
                int end = text[(position + 2)..].IndexOf("*/"u8);
                position = end < 0 ? text.Length : position + 2 + end + 2;
            }
            else
            {
                return c != '\n' && !Follows("//");
            }
        }

        return false;
    }

    /// <summary>Where the next line starts if only a line end follows, otherwise 0.</summary>
    private readonly int Splice(int at)
    {
        if (at < text.Length && text[at] == '\r')
        {
            at++;
        }

        return at < text.Length && text[at] == '\n' ? at + 1 : 0;
    }

    private string ReadToken()
    {
        int start = position;
        char c = (char)text[position];
        if (IsIdentifierStart(c))
        {
            SkipWhile(static b => char.IsAsciiLetterOrDigit((char)b) || b == '_');
        }
        else if (char.IsAsciiDigit(c))
        {
            // A preprocessing number may hold letters, points and signed exponents: 0x1p-3, 1.5e+4, 10ULL.
            SkipWhile(static b => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.');
        }
        else if (c is '"' or '\'')
        {
            SkipLiteral((byte)c);
        }
        else
        {
            position += PunctuatorLength();
        }

        return Encoding.UTF8.GetString(text[start..position]);
    }

    private void SkipWhile(Func<byte, bool> belongs)
    {
        while (position < text.Length && belongs(text[position]))
        {
            position++;
        }
    }

    private void SkipLiteral(byte quote)
    {
        for (position++; position < text.Length && text[position] != '\n'; position++)
        {
            if (text[position] == quote)
            {
                position++;
                return;
            }

            if (text[position] == '\\')
            {
                position++;
            }
        }
    }

    private readonly int PunctuatorLength()
    {
        foreach (string punctuator in Punctuators)
        {
            if (Follows(punctuator))
            {
                return punctuator.Length;
            }
        }

        return 1;
    }

    private readonly bool Follows(string expected)
    {
        if (text.Length - position < expected.Length)
        {
            return false;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            if (text[position + i] != expected[i])
            {
                return false;
            }
        }

        return true;
    }
}
