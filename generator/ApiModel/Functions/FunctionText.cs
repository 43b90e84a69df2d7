using System.Globalization;
using System.Text;

namespace KvmInterop.ApiModel;

/// <summary>A function for people: what it computes, written like C with the numbers filled in.</summary>
internal static class FunctionText
{
    /// <summary><c>u32 KVM_REG_SIZE(u64 id)</c>; <c>u64 KVM_REG_ARM_CORE_REG(member of struct kvm_regs
    /// name)</c>.</summary>
    public static string Declaration(ApiFunction function)
    {
        StringBuilder text = new(function.Type);
        text.Append(' ').Append(function.Name).Append('(');
        for (int i = 0; i < function.Parameters.Length; i++)
        {
            ApiParameter parameter = function.Parameters[i];
            text.Append(i == 0 ? "" : ", ");
            text.Append(parameter.IsMember ? $"member of {parameter.Record}" : "u64");
            text.Append(' ').Append(parameter.Name);
        }

        return text.Append(')').ToString();
    }

    /// <summary><c>1 &lt;&lt; ((id &amp; 0xf0000000000000) &gt;&gt; 52)</c>.</summary>
    public static string Value(ApiFunction function) => Of(function.Value, inner: false);

    private static string Of(ApiExpression expression, bool inner)
    {
        string text = expression switch
        {
            ApiLiteral literal => Number(literal.Digits),
            ApiArgument argument => argument.Name,
            ApiOffset offset => $"offsetof({offset.Name})",
            ApiCast cast => $"({cast.Type}){Of(cast.Operand, true)}",
            ApiUnary unary => Operators.Symbol(unary.Operator) + Of(unary.Operand, true),
            ApiBinary binary =>
                $"{Left(binary)} {Operators.Symbol(binary.Operator)} {Of(binary.Right, true)}",
            ApiChoice choice =>
                $"{Of(choice.Condition, true)} ? {Of(choice.Then, true)} : {Of(choice.Else, true)}",
            _ => throw new NotSupportedException(expression.GetType().Name),
        };
        return inner && expression is (ApiBinary or ApiChoice) ? $"({text})" : text;
    }

    /// <summary>Sums and the like need no brackets for those before them.</summary>
    private static string Left(ApiBinary binary) =>
        Of(binary.Left, binary.Left is not ApiBinary left || left.Operator != binary.Operator
            || binary.Operator is not ("add" or "and" or "or" or "xor" or "both" or "either"));

    private static string Number(string digits) =>
        ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value > 99
            ? "0x" + value.ToString("x", CultureInfo.InvariantCulture)
            : digits;
}
