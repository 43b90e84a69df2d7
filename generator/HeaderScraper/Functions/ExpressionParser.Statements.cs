using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Functions;

/// <content>GNU C's statement expressions.</content>
internal sealed partial class ExpressionParser
{
    private const string OnlyComputing = "has statements that do more than compute";

    /// <summary>Innermost first. A local's value always has the type that it was declared with.</summary>
    private readonly Stack<Dictionary<string, ApiExpression>> scopes = [];

    private ApiExpression? Local(string name)
    {
        foreach (Dictionary<string, ApiExpression> scope in scopes)
        {
            if (scope.TryGetValue(name, out ApiExpression? value))
            {
                return value;
            }
        }

        return null;
    }

    private ApiExpression ReadStatements()
    {
        Expect("{");
        scopes.Push([]);
        ApiExpression? value = null;
        while (!Accept("}"))
        {
            int start = position;
            if (Accept(";"))
            {
                value = null;
            }
            else if (TryReadType() is { } type)
            {
                ReadDeclarations(type);
                value = null;
            }
            else
            {
                position = start;
                value = TryReadAssignment() ?? ReadExpression();
                Expect(";");
            }
        }

        scopes.Pop();
        Expect(")");
        return value ?? throw new UntranslatableException("has no value");
    }

    private void ReadDeclarations(CType type)
    {
        string integer = type.Integer is { } found and not "bool"
            ? found
            : throw new UntranslatableException($"has a local {type.Text}, which is no integer");
        do
        {
            if (position >= tokens.Count || !tokens[position].IsName)
            {
                throw Unexpected();
            }

            string name = tokens[position++].Text;
            if (!Accept("="))
            {
                throw new UntranslatableException(OnlyComputing);
            }

            scopes.Peek()[name] = ExpressionSize.Check(CArithmetic.Cast(integer, ReadConditional()));
        }
        while (Accept(","));
        Expect(";");
    }

    /// <summary>
    /// Only of a local of the same block: whether an inner block is run at all may depend on a condition.
    /// </summary>
    private ApiExpression? TryReadAssignment()
    {
        if (position + 1 >= tokens.Count || !tokens[position].IsName
            || !scopes.Peek().TryGetValue(tokens[position].Text, out ApiExpression? old))
        {
            return null;
        }

        string name = tokens[position].Text;
        string assignment = tokens[position + 1].Text;
        ApiExpression value;
        if (assignment == "=")
        {
            position += 2;
            value = ReadConditional();
        }
        else if (assignment is "<<=" or ">>=")
        {
            position += 2;
            value = CArithmetic.Binary(assignment == "<<=" ? "shl" : "shr", old, ReadConditional());
        }
        else if (assignment.Length == 1 && position + 2 < tokens.Count && tokens[position + 2].Text == "="
            && BinaryOperators.TryGetValue(assignment, out (string Name, int Precedence) found))
        {
            // The lexer knows the assignments of two characters as an operator and a '='.
            position += 3;
            value = CArithmetic.Binary(found.Name, old, ReadConditional());
        }
        else
        {
            return null;
        }

        return scopes.Peek()[name] = ExpressionSize.Check(CArithmetic.Cast(old.Type, value));
    }
}
