using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>
/// Keeps expressions to a size that models can hold and readers read: an assignment like <c>a = a + a</c> is
/// short, and doubles what it assigns.
/// </summary>
internal static class ExpressionSize
{
    private const int MaxParts = 1_000;

    public static ApiExpression Check(ApiExpression expression)
    {
        // Ends where the limit is, however much is shared in the tree.
        int parts = 0;
        Count(expression, 0, ref parts);
        return expression;
    }

    private static void Count(ApiExpression expression, int depth, ref int parts)
    {
        if (depth >= ExpressionText.MaxDepth)
        {
            throw new UntranslatableException("is nested too deeply");
        }

        if (++parts > MaxParts)
        {
            throw new UntranslatableException("expands to too much");
        }

        switch (expression)
        {
            case ApiCast cast:
                Count(cast.Operand, depth + 1, ref parts);
                break;
            case ApiUnary unary:
                Count(unary.Operand, depth + 1, ref parts);
                break;
            case ApiBinary binary:
                Count(binary.Left, depth + 1, ref parts);
                Count(binary.Right, depth + 1, ref parts);
                break;
            case ApiChoice choice:
                Count(choice.Condition, depth + 1, ref parts);
                Count(choice.Then, depth + 1, ref parts);
                Count(choice.Else, depth + 1, ref parts);
                break;
        }
    }
}
