using System.Text;

namespace KvmInterop.ApiModel;

/// <summary>
/// <see cref="ApiExpression"/> as the models write it, operator before operands:
/// <c>(shl u32 1 (shr u64 (and u64 id 240) 4))</c>. An operator names the type of its operands, and so a
/// number needs none. <c>(cast u64 s32 x)</c> is a cast to u64 from s32.
/// </summary>
internal static class ExpressionText
{
    public static string Format(ApiExpression expression)
    {
        StringBuilder text = new();
        Append(text, expression);
        return text.ToString();
    }

    /// <summary>How deep expressions may be nested, so that none can exhaust the reader's stack.</summary>
    internal const int MaxDepth = 200;

    private static void Append(StringBuilder text, ApiExpression expression)
    {
        switch (expression)
        {
            case ApiLiteral literal:
                text.Append(literal.Digits);
                return;
            case ApiArgument argument:
                text.Append(argument.Name);
                return;
            case ApiOffset offset:
                text.Append("(offsetof ").Append(offset.Name).Append(')');
                return;
            case ApiCast cast:
                Append(text, $"cast {cast.Type} {cast.Operand.Type}", cast.Operand);
                return;
            case ApiUnary unary:
                Append(text, $"{unary.Operator} {unary.Type}", unary.Operand);
                return;
            case ApiBinary { Operator: "both" or "either" } logical:
                Append(text, logical.Operator, logical.Left, logical.Right);
                return;
            case ApiBinary binary:
                Append(text, $"{binary.Operator} {binary.Left.Type}", binary.Left, binary.Right);
                return;
            case ApiChoice choice:
                Append(text, $"if {choice.Type}", choice.Condition, choice.Then, choice.Else);
                return;
            default:
                throw new NotSupportedException(expression.GetType().Name);
        }
    }

    private static void Append(StringBuilder text, string head, params ApiExpression[] operands)
    {
        text.Append('(').Append(head);
        foreach (ApiExpression operand in operands)
        {
            Append(text.Append(' '), operand);
        }

        text.Append(')');
    }
}
