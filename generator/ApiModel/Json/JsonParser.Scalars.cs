using System.Text;

namespace KvmInterop.ApiModel;

/// <content>Strings, numbers and literals.</content>
internal sealed partial class JsonParser
{
    private JsonValue ParseString()
    {
        int start = position++;
        StringBuilder? decoded = null;
        int copied = position;
        while (true)
        {
            char c = Peek();
            if (c == '"')
            {
                break;
            }

            if (c == '\\')
            {
                decoded ??= new StringBuilder();
                decoded.Append(text, copied, position - copied).Append(ParseEscape());
                copied = position;
            }
            else if (position >= text.Length || c < ' ')
            {
                throw new ReadException("this string has no closing quote on its line", start, position);
            }
            else
            {
                position++;
            }
        }

        string value = decoded is null
            ? text.Substring(copied, position - copied)
            : decoded.Append(text, copied, position - copied).ToString();
        position++;
        return new JsonValue(JsonKind.String, start, position, value);
    }

    private char ParseEscape()
    {
        int start = position++;
        char c = Peek();
        position++;
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when TryHex(position, out int unit):
                position += 4;
                return (char)unit;
            default:
                throw new ReadException(
                    "this is no escape sequence of JSON", start, Math.Min(position, text.Length));
        }
    }

    private bool TryHex(int start, out int unit)
    {
        unit = 0;
        for (int i = start; i < start + 4; i++)
        {
            int digit = i < text.Length ? "0123456789abcdef".IndexOf(char.ToLowerInvariant(text[i])) : -1;
            if (digit < 0)
            {
                return false;
            }

            unit = (unit * 16) + digit;
        }

        return true;
    }

    private JsonValue ParseNumber()
    {
        int start = position;
        SkipIf('-');
        if (!SkipIf('0'))
        {
            SkipDigits();
        }

        if (SkipIf('.'))
        {
            SkipDigits();
        }

        if (SkipIf('e') || SkipIf('E'))
        {
            if (!SkipIf('-'))
            {
                SkipIf('+');
            }

            SkipDigits();
        }

        return new JsonValue(JsonKind.Number, start, position, text.Substring(start, position - start));
    }

    private void SkipDigits()
    {
        if (Peek() is not (>= '0' and <= '9'))
        {
            throw Expected("a digit");
        }

        while (Peek() is >= '0' and <= '9')
        {
            position++;
        }
    }

    private bool SkipIf(char c)
    {
        if (Peek() != c)
        {
            return false;
        }

        position++;
        return true;
    }

    private JsonValue ParseLiteral()
    {
        int start = position;
        while (Peek() is >= 'a' and <= 'z')
        {
            position++;
        }

        JsonValue value = new(JsonKind.Literal, start, position, text.Substring(start, position - start));
        return value.Text is "true" or "false" or "null"
            ? value
            : throw value.Error($"'{value.Text}' is no value of JSON");
    }
}
