namespace KvmInterop.ApiModel;

/// <summary>A function-like macro, as a function of 64-bit numbers and of members of records.</summary>
/// <remarks>
/// A macro has no types; this is what it computes when each argument is a <c>__u64</c>, which loses nothing
/// of any argument that C could pass.
/// </remarks>
/// <param name="Type">Scalar name of the result's C type: <c>s32 u32 s64 u64</c>, or one of fewer bits where
/// the macro ends in a cast.</param>
/// <param name="Value">What it computes; of the type <paramref name="Type"/>.</param>
internal sealed record ApiFunction(
    string Name, EquatableArray<ApiParameter> Parameters, string Type, ApiExpression Value, string Header);

/// <param name="Name">C name.</param>
/// <param name="Record">The record that a member has to be named of, as in <c>offsetof</c>: <c>struct
/// kvm_regs</c>; empty for a parameter that is a number, which is a <c>u64</c>.</param>
internal sealed record ApiParameter(string Name, string Record)
{
    public bool IsMember => Record.Length > 0;
}

/// <summary>
/// A part of a computation. Every conversion that C makes implicitly is an <see cref="ApiCast"/> here, so
/// both operands have the operation's type.
/// </summary>
/// <param name="Type">Scalar name: <c>u8 u16 u32 u64 s8 s16 s32 s64</c>; <c>unsigned long</c> is a <c>u64</c>
/// here.</param>
internal abstract record ApiExpression(string Type);

/// <param name="Digits">Decimal digits with a sign if negative, within the type's range.</param>
internal sealed record ApiLiteral(string Type, string Digits) : ApiExpression(Type);

/// <summary>The value of a parameter that is a number.</summary>
internal sealed record ApiArgument(string Name) : ApiExpression("u64");

/// <summary><c>offsetof</c>, in bytes, of the member that a parameter names.</summary>
internal sealed record ApiOffset(string Name) : ApiExpression("u64");

/// <summary>Conversion to a type, as C does it: modulo the width.</summary>
internal sealed record ApiCast(string Type, ApiExpression Operand) : ApiExpression(Type);

/// <param name="Operator"><c>neg</c> (two's complement) or <c>not</c> (every bit).</param>
internal sealed record ApiUnary(string Operator, string Type, ApiExpression Operand) : ApiExpression(Type);

/// <param name="Operator">
/// <c>add sub mul div rem and or xor</c>, with operands of the result's type; <c>shl shr</c>, whose right
/// operand is a <c>u64</c>; <c>eq ne lt le gt ge</c>, with operands of one type and 0 or 1 as an <c>s32</c>;
/// <c>both either</c> (C's <c>&amp;&amp;</c> and <c>||</c>), all of <c>s32</c>.
/// </param>
internal sealed record ApiBinary(string Operator, string Type, ApiExpression Left, ApiExpression Right)
    : ApiExpression(Type);

/// <summary><c>Condition ? Then : Else</c>; the condition is an <c>s32</c>.</summary>
internal sealed record ApiChoice(ApiExpression Condition, ApiExpression Then, ApiExpression Else)
    : ApiExpression(Then.Type);
