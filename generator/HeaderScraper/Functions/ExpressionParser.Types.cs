using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Declarations;

namespace KvmInterop.HeaderScraper.Functions;

/// <content>Types, and what asks for their sizes and offsets.</content>
internal sealed partial class ExpressionParser
{
    /// <param name="Integer">The model's name if it is an integer type.</param>
    /// <param name="Size">In bytes; negative if it has none.</param>
    private sealed record CType(string Text, string? Integer, long Size);

    /// <summary>Null when no type is at hand.</summary>
    private CType? TryReadType()
    {
        List<string> words = [];
        string? declared = null;
        for (; Current is { } token && !tokens[position].IsParameter; position++)
        {
            if (token is "struct" or "union" or "enum" && declared is null && position + 1 < tokens.Count)
            {
                declared = $"{token} {tokens[++position].Text}";
            }
            else if (token is "unsigned" or "signed" or "long" or "short" or "int" or "char" or "_Bool"
                or "void" or "double" or "float")
            {
                words.Add(token);
            }
            else if (declared is null && words.Count == 0 && tokens[position].IsName
                && Local(token) is null && names.Type(token) is not null)
            {
                declared = token;
            }
            else if (token is not ("const" or "volatile"))
            {
                break;
            }
        }

        if (words.Count == 0 && declared is null)
        {
            return null;
        }

        if (Current == "*")
        {
            while (Accept("*") || Accept("const"))
            {
            }

            return new CType("a pointer", null, sizeof(ulong));
        }

        return declared is null ? Builtin(words) : Declared(declared);
    }

    private static CType Builtin(List<string> words)
    {
        words.Sort(StringComparer.Ordinal);
        string text = string.Join(' ', words.Where(word => word is not "int" || words.Count == 1));
        string? scalar = text switch
        {
            "_Bool" => "bool",
            "char unsigned" => "u8",
            "char signed" => "s8",
            "short" or "short signed" => "s16",
            "short unsigned" => "u16",
            "int" or "signed" => "s32",
            "unsigned" => "u32",
            "long" or "long long" or "long signed" or "long long signed" => "s64",
            "long unsigned" or "long long unsigned" => "u64",
            _ => null,
        };
        long size = scalar is "bool" || text == "char" ? 1
            : scalar is null ? -1 : Operators.Width(scalar) / 8;
        return new CType(string.Join(' ', words), scalar, size);
    }

    private CType Declared(string name)
    {
        if (names.Type(name) is not { } type)
        {
            throw new UntranslatableException($"needs {name}, which this architecture does not have");
        }

        string? integer = Scalars.OfTypedef(name) ?? DeclaredNames.Integer(type);
        return new CType(name, integer, type.SizeOf);
    }

    private ulong ReadSize()
    {
        int start = position;
        if (Accept("(") && TryReadType() is { } type)
        {
            Expect(")");
            return type.Size >= 0
                ? (ulong)type.Size
                : throw new UntranslatableException($"needs the size of {type.Text}, which has none");
        }

        position = start;
        ApiExpression operand = ReadUnary();

        // Its user may as well write a type there, or a variable of any size.
        return tokens[start..position].Find(token => token.IsParameter) is { } parameter
            ? throw new UntranslatableException($"asks for the size of its parameter {parameter.Text}")
            : (ulong)Operators.Width(operand.Type) / 8;
    }

    private ApiExpression ReadOffset()
    {
        Expect("(");
        int start = position;
        CType record = TryReadType() ?? throw Unexpected();
        string name = string.Join(' ', tokens[start..position].Select(token => token.Text));
        if (tokens[start].Text is not ("struct" or "union"))
        {
            throw new UntranslatableException($"asks for an offset in {record.Text}");
        }

        Expect(",");
        if (position >= tokens.Count)
        {
            throw Unexpected();
        }

        CToken member = tokens[position++];
        if (Current != ")")
        {
            throw new UntranslatableException("asks for the offset of a member's part");
        }

        position++;
        if (!member.IsParameter)
        {
            return CArithmetic.Literal("u64", OffsetOf(name, member.Text));
        }

        if (members.TryGetValue(member.Text, out string? other) && other != name)
        {
            throw new UntranslatableException($"takes {member.Text} as a member of two records");
        }

        members[member.Text] = name;
        return new ApiOffset(member.Text);
    }

    private ulong OffsetOf(string record, string member)
    {
        CXType type = names.Type(record)!.Value;
        long bits = type.GetOffsetOf(member);
        return bits >= 0
            ? (ulong)bits / 8
            : throw new UntranslatableException($"needs the member {member}, which {record} does not have");
    }
}
