using System.Globalization;
using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Writes an <see cref="ApiExpression"/> in C#. Each part has the C# type of its C type, so that C#'s own
/// conversions have nothing left to do: where C's unsigned negation stays unsigned, C#'s would not.
/// </summary>
internal static class FunctionExpression
{
    public static string Of(ApiExpression expression) => expression switch
    {
        ApiLiteral literal => Number(literal),
        ApiArgument argument => Identifier.Of(argument.Name),
        ApiOffset offset => $"(ulong){Identifier.Of(offset.Name)}.Offset",
        ApiCast cast => $"({CSharpType.Scalar(cast.Type)}){Inner(cast.Operand)}",
        ApiUnary unary => Narrow(unary.Type, Unary(unary)),
        ApiBinary binary when IsTruth(binary) => $"{Condition(binary)} ? 1 : 0",
        ApiBinary binary => Narrow(binary.Type, Binary(binary)),
        ApiChoice choice =>
            $"{ConditionInner(choice.Condition)} ? {Inner(choice.Then)} : {Inner(choice.Else)}",
        _ => throw new NotSupportedException(expression.GetType().Name),
    };

    private static string Inner(ApiExpression expression)
    {
        bool plain = expression is ApiArgument
            || (expression is ApiLiteral literal && literal.Digits[0] != '-'
                && Operators.Width(literal.Type) >= 32);
        return plain ? Of(expression) : $"({Of(expression)})";
    }

    /// <summary>C's operators compute nothing narrower than an int, and neither do C#'s.</summary>
    private static string Narrow(string type, string text) =>
        Operators.Width(type) < 32 ? $"({CSharpType.Scalar(type)})({text})" : text;

    private static string Number(ApiLiteral literal)
    {
        string type = CSharpType.Scalar(literal.Type);
        return Operators.Width(literal.Type) < 32
            ? $"({type})({literal.Digits})"
            : literal.Digits.Length == 1 && !Operators.IsSigned(literal.Type)
                ? literal.Digits + (type == "uint" ? "u" : "ul")
                : Literal.Of(type, literal.Digits);
    }

    private static string Unary(ApiUnary unary)
    {
        string operand = Inner(unary.Operand);
        return unary.Operator == "not" ? $"~{operand}"
            : Operators.IsSigned(unary.Type) ? $"-{operand}"
            : $"0u - {operand}";
    }

    private static string Binary(ApiBinary binary)
    {
        string symbol = Operators.Symbol(binary.Operator);
        if (Operators.IsShift(binary.Operator))
        {
            string count = binary.Right is ApiLiteral literal ? literal.Digits : $"(int){Inner(binary.Right)}";
            return $"{Inner(binary.Left)} {symbol} {count}";
        }

        if (binary.Operator is "div" or "rem")
        {
            return Division(binary, symbol);
        }

        // Chains of one operator read as in C; all of these are the same from either side.
        string left = binary.Left is ApiBinary same && same.Operator == binary.Operator
            && binary.Operator is "or" or "and" or "xor" or "add"
            ? Of(binary.Left)
            : Inner(binary.Left);
        return $"{left} {symbol} {Inner(binary.Right)}";
    }

    /// <summary>Where C leaves a quotient undefined, C# would throw.</summary>
    private static string Division(ApiBinary binary, string symbol)
    {
        string left = Inner(binary.Left);
        string right = Inner(binary.Right);
        string zero = Number(new ApiLiteral(binary.Type, "0"));
        if (binary.Right is ApiLiteral literal)
        {
            return literal.Digits == "0" ? zero
                : literal.Digits != "-1" ? $"{left} {symbol} {right}"
                : binary.Operator == "div" ? $"-{left}"
                : zero;
        }

        string guarded = $"{right} == {zero} ? {zero} : {left} {symbol} {right}";
        string overflow = binary.Operator == "div" ? $"-{left}" : zero;
        return Operators.IsSigned(binary.Type) ? $"{right} == -1 ? {overflow} : {guarded}" : guarded;
    }

    private static bool IsTruth(ApiExpression expression) => expression is ApiBinary binary
        && (Operators.IsComparison(binary.Operator) || Operators.IsLogical(binary.Operator));

    /// <summary>A C# condition that is true if the expression is not 0.</summary>
    private static string Condition(ApiExpression expression)
    {
        if (!IsTruth(expression))
        {
            return $"{Inner(expression)} != 0";
        }

        ApiBinary binary = (ApiBinary)expression;
        string symbol = Operators.Symbol(binary.Operator);
        return Operators.IsLogical(binary.Operator)
            ? $"{ConditionInner(binary.Left)} {symbol} {ConditionInner(binary.Right)}"
            : $"{Inner(binary.Left)} {symbol} {Inner(binary.Right)}";
    }

    private static string ConditionInner(ApiExpression expression) => $"({Condition(expression)})";

    /// <summary>Whether C leaves the result undefined for some argument, as far as can be told.</summary>
    public static bool IsPartial(ApiExpression expression) => expression switch
    {
        ApiCast cast => IsPartial(cast.Operand),
        ApiUnary unary => IsPartial(unary.Operand),
        ApiChoice choice => IsPartial(choice.Condition) || IsPartial(choice.Then) || IsPartial(choice.Else),
        ApiBinary binary => IsPartial(binary.Left) || IsPartial(binary.Right)
            || (Operators.IsShift(binary.Operator)
                && Largest(binary.Right) >= (ulong)Operators.Width(binary.Type))
            || (binary.Operator is "div" or "rem" && binary.Right is not ApiLiteral),
        _ => false,
    };

    /// <summary>A number that an unsigned expression does not exceed.</summary>
    private static ulong Largest(ApiExpression expression) => expression switch
    {
        ApiLiteral literal when ulong.TryParse(
            literal.Digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) => value,
        ApiBinary { Operator: "and" } and => Math.Min(Largest(and.Left), Largest(and.Right)),
        ApiBinary { Operator: "rem", Type: "u64" or "u32" } rem when Largest(rem.Right) > 0 =>
            Largest(rem.Right) - 1,
        ApiBinary { Operator: "shr", Type: "u64" or "u32", Right: ApiLiteral } shr =>
            Largest(shr.Left) >> (int)Largest(shr.Right),
        _ => ulong.MaxValue,
    };
}
