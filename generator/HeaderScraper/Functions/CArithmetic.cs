using System.Globalization;
using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>
/// Makes expressions with C's conversions written out (C11 6.3.1), and computes what has no parameter in it.
/// All of KVM's machines are LP64: an <c>int</c> has 32 bits, a <c>long</c> 64.
/// </summary>
internal static class CArithmetic
{
    public const string Int = "s32";
    private const string Undefined = "is undefined in C whatever it is given";

    public static ApiLiteral Literal(string type, ulong bits)
    {
        ulong value = Operators.Normalize(type, bits);
        return new ApiLiteral(type, Operators.IsSigned(type)
            ? unchecked((long)value).ToString(CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The bits of a literal, extended by its sign.</summary>
    public static ulong BitsOf(ApiLiteral literal) =>
        unchecked((ulong)Int128.Parse(literal.Digits, CultureInfo.InvariantCulture));

    public static ApiExpression Cast(string type, ApiExpression operand) =>
        operand.Type == type ? operand
        : operand is ApiLiteral literal ? Literal(type, BitsOf(literal))
        : new ApiCast(type, operand);

    /// <summary>What is narrower than an <c>int</c> is computed as one.</summary>
    public static ApiExpression Promote(ApiExpression operand) =>
        Operators.Width(operand.Type) < 32 ? Cast(Int, operand) : operand;

    public static ApiExpression Unary(string name, ApiExpression operand)
    {
        ApiExpression value = Promote(operand);
        if (value is not ApiLiteral literal)
        {
            return new ApiUnary(name, value.Type, value);
        }

        ulong bits = BitsOf(literal);
        return Literal(value.Type, name == "neg" ? unchecked(0 - bits) : ~bits);
    }

    /// <summary>C's <c>!</c>.</summary>
    public static ApiExpression Not(ApiExpression operand) =>
        operand is ApiBinary { Operator: "eq" or "ne" } binary
        ? binary with { Operator = binary.Operator == "eq" ? "ne" : "eq" }
        : Binary("eq", operand, Literal(Int, 0));

    public static ApiExpression Binary(string name, ApiExpression left, ApiExpression right)
    {
        left = Promote(left);
        right = Promote(right);
        if (Operators.IsShift(name))
        {
            return Shift(name, left, right);
        }

        if (Operators.IsLogical(name))
        {
            return Logical(name, Truth(left), Truth(right));
        }

        string common = Common(left.Type, right.Type);
        left = Cast(common, left);
        right = Cast(common, right);
        string type = Operators.IsComparison(name) ? Int : common;
        if (name is "div" or "rem" && right is ApiLiteral { Digits: "0" })
        {
            throw new UntranslatableException(Undefined);
        }

        return left is ApiLiteral a && right is ApiLiteral b
            ? Literal(type, Compute(name, common, BitsOf(a), BitsOf(b)))
            : new ApiBinary(name, type, left, right);
    }

    public static ApiExpression Choice(ApiExpression condition, ApiExpression then, ApiExpression otherwise)
    {
        then = Promote(then);
        otherwise = Promote(otherwise);
        string common = Common(then.Type, otherwise.Type);
        then = Cast(common, then);
        otherwise = Cast(common, otherwise);
        return Truth(condition) is ApiLiteral known
            ? known.Digits == "0" ? otherwise : then
            : new ApiChoice(Truth(condition), then, otherwise);
    }

    /// <summary>An <c>int</c> that is 0 exactly if the operand is.</summary>
    public static ApiExpression Truth(ApiExpression operand) =>
        operand is ApiBinary binary
            && (Operators.IsComparison(binary.Operator) || Operators.IsLogical(binary.Operator))
            ? operand
            : Binary("ne", operand, Literal(Int, 0));

    /// <summary>The type that two operands meet in (C11 6.3.1.8), both being promoted already.</summary>
    private static string Common(string left, string right)
    {
        int width = Math.Max(Operators.Width(left), Operators.Width(right));
        bool unsigned = IsUnsigned(left) || IsUnsigned(right);
        return (unsigned ? "u" : "s") + width.ToString(CultureInfo.InvariantCulture);

        bool IsUnsigned(string type) => !Operators.IsSigned(type) && Operators.Width(type) == width;
    }

    private static ApiExpression Shift(string name, ApiExpression left, ApiExpression right)
    {
        ApiExpression count = Cast("u64", right);
        if (count is not ApiLiteral number)
        {
            return new ApiBinary(name, left.Type, left, count);
        }

        if (BitsOf(number) >= (ulong)Operators.Width(left.Type))
        {
            throw new UntranslatableException(Undefined);
        }

        int bits = (int)BitsOf(number);
        if (left is not ApiLiteral literal)
        {
            return bits == 0 ? left : new ApiBinary(name, left.Type, left, count);
        }

        ulong value = BitsOf(literal);
        return Literal(left.Type, name == "shl" ? value << bits
            : Operators.IsSigned(left.Type) ? unchecked((ulong)((long)value >> bits))
            : value >> bits);
    }

    private static ApiExpression Logical(string name, ApiExpression left, ApiExpression right)
    {
        string decides = name == "both" ? "0" : "1";
        if (left is not ApiLiteral known)
        {
            return new ApiBinary(name, Int, left, right);
        }

        return known.Digits == decides ? known : right;
    }

    private static ulong Compute(string name, string type, ulong a, ulong b)
    {
        bool signed = Operators.IsSigned(type);
        Int128 left = signed ? (long)a : a;
        Int128 right = signed ? (long)b : b;
        return name switch
        {
            "and" => a & b,
            "or" => a | b,
            "xor" => a ^ b,
            _ => unchecked((ulong)(name switch
            {
                "add" => left + right,
                "sub" => left - right,
                "mul" => unchecked((Int128)(a * b)),
                "div" => left / right,
                "rem" => left % right,
                "eq" => left == right ? 1 : 0,
                "ne" => left != right ? 1 : 0,
                "lt" => left < right ? 1 : 0,
                "le" => left <= right ? 1 : 0,
                "gt" => left > right ? 1 : 0,
                "ge" => left >= right ? 1 : 0,
                _ => throw new NotSupportedException(name),
            })),
        };
    }
}
