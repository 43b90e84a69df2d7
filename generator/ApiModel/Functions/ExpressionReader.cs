using System.Globalization;

namespace KvmInterop.ApiModel;

/// <summary>Reads what <see cref="ExpressionText"/> writes, and nothing else.</summary>
internal sealed class ExpressionReader
{
    private readonly List<string> tokens;
    private readonly EquatableArray<ApiParameter> parameters;
    private int position;

    private ExpressionReader(List<string> tokens, EquatableArray<ApiParameter> parameters)
    {
        this.tokens = tokens;
        this.parameters = parameters;
    }

    /// <exception cref="FormatException">What is wrong, in words that follow "the value".</exception>
    public static ApiExpression Read(string text, string type, EquatableArray<ApiParameter> parameters)
    {
        ExpressionReader reader = new(Split(text), parameters);
        ApiExpression expression = reader.Read(type, 0);
        return reader.position == reader.tokens.Count
            ? expression
            : throw new FormatException($"goes on after its end with '{reader.tokens[reader.position]}'");
    }

    private ApiExpression Read(string type, int depth)
    {
        string token = Next();
        if (depth > ExpressionText.MaxDepth)
        {
            throw new FormatException("is nested too deeply");
        }

        if (token == "(")
        {
            ApiExpression expression = ReadOperation(type, depth + 1);
            return Next() is ")" and var close && close.Length == 1 && expression.Type == type
                ? expression
                : throw new FormatException($"has a part of another form or type where {type} is needed");
        }

        if (token[0] == '-' || char.IsDigit(token[0]))
        {
            return IsInRange(type, token)
                ? new ApiLiteral(type, token)
                : throw new FormatException($"has {token} where a number of the type {type} is needed");
        }

        return Parameter(token, isMember: false) && type == "u64"
            ? new ApiArgument(token)
            : throw new FormatException($"has '{token}' where a {type} is needed");
    }

    private ApiExpression ReadOperation(string type, int depth)
    {
        string name = Next();
        if (name == "offsetof")
        {
            string member = Next();
            return Parameter(member, isMember: true)
                ? new ApiOffset(member)
                : throw new FormatException($"asks for the offset of '{member}', which names no member");
        }

        if (name == "cast")
        {
            string to = ReadType();
            return new ApiCast(to, Read(ReadType(), depth));
        }

        if (name == "if")
        {
            string of = ReadType();
            return new ApiChoice(Read("s32", depth), Read(of, depth), Read(of, depth));
        }

        if (Operators.IsLogical(name))
        {
            return new ApiBinary(name, "s32", Read("s32", depth), Read("s32", depth));
        }

        bool known = Operators.IsUnary(name) || Operators.IsArithmetic(name) || Operators.IsShift(name)
            || Operators.IsComparison(name);
        if (!known)
        {
            throw new FormatException($"has the unknown operator '{name}'");
        }

        string operand = ReadType();
        ApiExpression first = Read(operand, depth);
        return Operators.IsUnary(name)
            ? new ApiUnary(name, operand, first)
            : new ApiBinary(
                name, Operators.IsComparison(name) ? "s32" : operand, first,
                Read(Operators.IsShift(name) ? "u64" : operand, depth));
    }

    private string ReadType() => Next() is var type && Array.IndexOf(Operators.Types, type) >= 0
        ? type
        : throw new FormatException($"has '{type}' where a type is needed");

    private bool Parameter(string name, bool isMember)
    {
        foreach (ApiParameter parameter in parameters)
        {
            if (parameter.Name == name)
            {
                return parameter.IsMember == isMember;
            }
        }

        return false;
    }

    private string Next() => position < tokens.Count
        ? tokens[position++]
        : throw new FormatException("ends too early");

    private static bool IsInRange(string type, string digits)
    {
        if (!decimal.TryParse(
            digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }

        int width = Operators.Width(type);
        decimal count = width == 64 ? 18446744073709551616m : 1ul << width;
        return Operators.IsSigned(type)
            ? value >= -count / 2 && value < count / 2
            : value >= 0 && value < count;
    }

    private static List<string> Split(string text)
    {
        List<string> tokens = [];
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && text[i] is not (' ' or '(' or ')'))
            {
                i++;
            }

            if (i == start)
            {
                i++;
            }

            if (text[start] != ' ')
            {
                tokens.Add(text.Substring(start, i - start));
            }
        }

        return tokens;
    }
}
