using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>
/// Reads expanded tokens as a C expression (C11 6.5) over integers, with GNU's <c>({ ... })</c> where its
/// statements only compute.
/// </summary>
/// <remarks>
/// Locals of a statement expression are followed by value: an assignment gives a name another expression.
/// What is left has no side effects.
/// </remarks>
internal sealed partial class ExpressionParser
{
    /// <summary>Below <see cref="ExpressionText.MaxDepth"/>, since a token can be worth two levels.</summary>
    private const int MaxDepth = ExpressionText.MaxDepth / 2;

    private static readonly Dictionary<string, (string Name, int Precedence)> BinaryOperators = new()
    {
        ["||"] = ("either", 1),
        ["&&"] = ("both", 2),
        ["|"] = ("or", 3),
        ["^"] = ("xor", 4),
        ["&"] = ("and", 5),
        ["=="] = ("eq", 6),
        ["!="] = ("ne", 6),
        ["<"] = ("lt", 7),
        [">"] = ("gt", 7),
        ["<="] = ("le", 7),
        [">="] = ("ge", 7),
        ["<<"] = ("shl", 8),
        [">>"] = ("shr", 8),
        ["+"] = ("add", 9),
        ["-"] = ("sub", 9),
        ["*"] = ("mul", 10),
        ["/"] = ("div", 10),
        ["%"] = ("rem", 10),
    };

    private readonly List<CToken> tokens;
    private readonly DeclaredNames names;
    private readonly HashSet<string> numbers = [];
    private readonly Dictionary<string, string> members = [];
    private int position;
    private int depth;

    private ExpressionParser(List<CToken> tokens, DeclaredNames names)
    {
        this.tokens = tokens;
        this.names = names;
    }

    private string? Current => position < tokens.Count ? tokens[position].Text : null;

    /// <summary>The expression, and the records whose members parameters name.</summary>
    /// <exception cref="UntranslatableException">It is no such expression.</exception>
    public static (ApiExpression Value, Dictionary<string, string> Members) Parse(
        List<CToken> tokens, DeclaredNames names)
    {
        ExpressionParser parser = new(tokens, names);
        ApiExpression value = parser.ReadExpression();
        if (parser.Current is not null)
        {
            throw parser.Unexpected();
        }

        if (parser.members.Keys.FirstOrDefault(parser.numbers.Contains) is { } both)
        {
            throw new UntranslatableException($"takes {both} both as a number and as a member");
        }

        return (ExpressionSize.Check(value), parser.members);
    }

    /// <summary>With the comma operator, whose left side does nothing without side effects.</summary>
    private ApiExpression ReadExpression()
    {
        ApiExpression value = ReadConditional();
        while (Accept(","))
        {
            value = ReadConditional();
        }

        return value;
    }

    private ApiExpression ReadConditional()
    {
        if (++depth > MaxDepth)
        {
            throw new UntranslatableException("is nested too deeply");
        }

        ApiExpression value = ReadBinary(1);
        if (Accept("?"))
        {
            // GNU C: a ?: b is a ? a : b.
            ApiExpression then = Current == ":" ? value : ReadExpression();
            Expect(":");
            value = CArithmetic.Choice(value, then, ReadConditional());
        }

        depth--;
        return value;
    }

    private ApiExpression ReadBinary(int lowest)
    {
        ApiExpression left = ReadUnary();
        while (Current is { } token && !tokens[position].IsParameter
            && BinaryOperators.TryGetValue(token, out (string Name, int Precedence) found)
            && found.Precedence >= lowest)
        {
            position++;
            left = CArithmetic.Binary(found.Name, left, ReadBinary(found.Precedence + 1));
        }

        return left;
    }

    private ApiExpression ReadUnary()
    {
        if (++depth > MaxDepth)
        {
            throw new UntranslatableException("is nested too deeply");
        }

        ApiExpression value = ReadUnaryCore();
        depth--;
        return value;
    }

    private ApiExpression ReadUnaryCore()
    {
        if (position < tokens.Count && !tokens[position].IsParameter)
        {
            switch (Current)
            {
                case "+":
                    position++;
                    return CArithmetic.Promote(ReadUnary());
                case "-":
                    position++;
                    return CArithmetic.Unary("neg", ReadUnary());
                case "~":
                    position++;
                    return CArithmetic.Unary("not", ReadUnary());
                case "!":
                    position++;
                    return CArithmetic.Not(ReadUnary());
                case "__extension__":
                    position++;
                    return ReadUnary();
                case "sizeof":
                    position++;
                    return CArithmetic.Literal("u64", ReadSize());
                case "offsetof" or "__builtin_offsetof":
                    position++;
                    return ReadOffset();
            }
        }

        return ReadPrimary();
    }

    private ApiExpression ReadPrimary()
    {
        if (position >= tokens.Count)
        {
            throw new UntranslatableException("is no expression");
        }

        CToken token = tokens[position];
        if (token.IsParameter)
        {
            position++;
            numbers.Add(token.Text);
            return new ApiArgument(token.Text);
        }

        if (Accept("("))
        {
            return ReadBracketed();
        }

        if (CharIsNumber(token.Text[0]) && CNumber.Read(token.Text) is { } number)
        {
            position++;
            return number;
        }

        if (token.IsName && (Local(token.Text) ?? names.Enumerator(token.Text)) is { } known)
        {
            position++;
            return known;
        }

        throw Unexpected();
    }

    private ApiExpression ReadBracketed()
    {
        if (Current == "{")
        {
            return ReadStatements();
        }

        if (TryReadType() is { } type)
        {
            Expect(")");
            string integer = type.Integer
                ?? throw new UntranslatableException($"casts to {type.Text}, which is no integer");
            ApiExpression operand = ReadUnary();
            return integer == "bool" ? CArithmetic.Truth(operand) : CArithmetic.Cast(integer, operand);
        }

        ApiExpression value = ReadExpression();
        Expect(")");
        return Current is "[" or "." or "->"
            ? throw new UntranslatableException("reads memory")
            : value;
    }

    private static bool CharIsNumber(char c) => char.IsAsciiDigit(c) || c == '\'';

    private bool Accept(string token)
    {
        if (Current != token || tokens[position].IsParameter)
        {
            return false;
        }

        position++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Accept(token))
        {
            throw Unexpected();
        }
    }

    /// <summary>What the token at hand means, if it is no part of an expression over integers.</summary>
    private UntranslatableException Unexpected()
    {
        if (Current is not { } token)
        {
            return new UntranslatableException("is no complete expression");
        }

        bool called = position + 1 < tokens.Count && tokens[position + 1].Text == "(";
        bool name = tokens[position].IsName;
        return new UntranslatableException(token switch
        {
            "=" or "++" or "--" => "assigns to what it is given",
            "[" or "." or "->" or "&" or "*" => "reads memory",
            "struct" or "union" or "enum" => "names a type",
            "do" or "if" or "for" or "while" or "return" or "goto" or "asm" or "__asm__" =>
                "is a statement",
            _ when token[0] == '"' => "makes a text",
            _ when name && names.Type(token) is not null => "names a type",
            _ when name && names.IsVariable(token) => "reads memory",
            _ when name && called => $"calls {token}, which is no macro",
            _ when name && Macros.SkipReason.IsOrdinaryName(token) =>
                $"needs {token}, which the headers do not define",
            _ => "is no expression over numbers",
        });
    }
}
