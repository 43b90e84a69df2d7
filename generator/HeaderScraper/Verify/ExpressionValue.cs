using System.Globalization;
using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>
/// Computes a function of the model, on 64 bits that are extended by their sign where a type has one. Null
/// where C defines no result: such a question would say nothing about the model.
/// </summary>
/// <param name="arguments">Numbers, and the offsets of members, by parameter.</param>
internal sealed class ExpressionValue(IReadOnlyDictionary<string, ulong> arguments)
{
    public ulong? Of(ApiExpression expression) => expression switch
    {
        ApiLiteral literal => Operators.Normalize(
            literal.Type, unchecked((ulong)Int128.Parse(literal.Digits, CultureInfo.InvariantCulture))),
        ApiArgument argument => arguments[argument.Name],
        ApiOffset offset => arguments[offset.Name],
        ApiCast cast => Of(cast.Operand) is { } value ? Operators.Normalize(cast.Type, value) : null,
        ApiUnary unary => Of(unary.Operand) is { } value ? Unary(unary, value) : null,
        ApiChoice choice => Of(choice.Condition) is { } condition
            ? Of(condition != 0 ? choice.Then : choice.Else)
            : null,
        ApiBinary { Operator: "both" or "either" } logical => Logical(logical),
        ApiBinary binary => Of(binary.Left) is { } left && Of(binary.Right) is { } right
            ? Binary(binary, left, right)
            : null,
        _ => throw new InvalidOperationException($"{expression.GetType().Name} has no value"),
    };

    private static ulong? Unary(ApiUnary unary, ulong value) => unary.Operator == "not"
        ? Operators.Normalize(unary.Type, ~value)
        : InType(unary.Type, -Wide(unary.Type, value));

    // What decides is computed first, and the rest only if it matters.
    private ulong? Logical(ApiBinary logical)
    {
        bool isEither = logical.Operator == "either";
        return Of(logical.Left) is not { } left ? null
            : left != 0 == isEither ? (isEither ? 1ul : 0)
            : Of(logical.Right) is { } right ? (right != 0 ? 1ul : 0)
            : null;
    }

    private static ulong? Binary(ApiBinary binary, ulong left, ulong right)
    {
        string type = binary.Left.Type;
        Int128 a = Wide(type, left);
        if (Operators.IsShift(binary.Operator))
        {
            return right >= (ulong)Operators.Width(type) ? null
                : binary.Operator == "shr" ? InType(type, a >> (int)right)
                : a < 0 ? null
                : InType(type, a << (int)right);
        }

        Int128 b = Wide(type, right);
        return binary.Operator switch
        {
            "add" => InType(type, a + b),
            "sub" => InType(type, a - b),
            "mul" => InType(type, unchecked(a * b)),
            "div" => b == 0 ? null : InType(type, a / b),
            "rem" => b == 0 || InType(type, a / b) is null ? null : InType(type, a % b),
            "and" => left & right,
            "or" => left | right,
            "xor" => left ^ right,
            "eq" => a == b ? 1u : 0,
            "ne" => a != b ? 1u : 0,
            "lt" => a < b ? 1u : 0,
            "le" => a <= b ? 1u : 0,
            "gt" => a > b ? 1u : 0,
            "ge" => a >= b ? 1u : 0,
            _ => throw new InvalidOperationException($"{binary.Operator} has no value"),
        };
    }

    private static Int128 Wide(string type, ulong value) =>
        Operators.IsSigned(type) ? (Int128)(long)value : value;

    // Unsigned results wrap; a signed one that does not fit is undefined.
    private static ulong? InType(string type, Int128 result)
    {
        ulong bits = Operators.Normalize(type, unchecked((ulong)result));
        return Operators.IsSigned(type) && (Int128)(long)bits != result ? null : bits;
    }
}
