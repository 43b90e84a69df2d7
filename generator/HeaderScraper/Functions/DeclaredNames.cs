using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Declarations;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>What the headers declare, as far as an expression can name it.</summary>
internal sealed class DeclaredNames
{
    private readonly Dictionary<string, ApiLiteral> enumerators = [];
    private readonly Dictionary<string, CXType> types = [];
    private readonly HashSet<string> variables = [];

    public DeclaredNames(List<CXCursor> declarations)
    {
        foreach (CXCursor declaration in declarations)
        {
            switch (declaration.kind)
            {
                case CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl
                    when declaration.IsDefinition:
                    types[$"{TagNames.Keyword(declaration)} {declaration.Name()}"] = declaration.Type;
                    break;
                case CXCursorKind.CXCursor_EnumDecl when declaration.IsDefinition:
                    types[$"enum {declaration.Name()}"] = declaration.Type;
                    Add(declaration);
                    break;
                case CXCursorKind.CXCursor_TypedefDecl:
                    types[declaration.Name()] = declaration.Type;
                    break;
                case CXCursorKind.CXCursor_VarDecl:
                    variables.Add(declaration.Name());
                    break;
            }
        }
    }

    public ApiLiteral? Enumerator(string name) => enumerators.GetValueOrDefault(name);

    public bool IsVariable(string name) => variables.Contains(name);

    /// <summary>By <c>struct NAME</c>, <c>union NAME</c>, <c>enum NAME</c> or a typedef's name.</summary>
    public CXType? Type(string name) => types.TryGetValue(name, out CXType type) ? type : null;

    /// <summary>The integer type that a declared type is, null if it is none.</summary>
    public static string? Integer(CXType type)
    {
        CXType canonical = type.CanonicalType;
        string? scalar = canonical.kind == CXTypeKind.CXType_Enum
            ? EnumReader.IntegerType(clang.getTypeDeclaration(canonical))
            : Scalars.Of(canonical.kind);
        return Integer(scalar);
    }

    /// <summary>From the model's name of a scalar. A plain <c>char</c> has a sign on some machines and none
    /// on others, and so means nothing as a number.</summary>
    public static string? Integer(string? scalar) => scalar switch
    {
        "ulong" => "u64",
        "slong" => "s64",
        _ => Array.IndexOf(Operators.Types, scalar) >= 0 || scalar == "bool" ? scalar : null,
    };

    private void Add(CXCursor declaration)
    {
        string type = Integer(declaration.Type) ?? CArithmetic.Int;
        foreach (CXCursor member in EnumReader.Members(declaration))
        {
            // An enumerator is an int wherever an int can hold it (C11 6.4.4.3, and GNU C beyond).
            ulong bits = Operators.IsSigned(type)
                ? unchecked((ulong)member.EnumConstantDeclValue)
                : member.EnumConstantDeclUnsignedValue;
            bool fits = Operators.IsSigned(type)
                ? (long)bits is >= int.MinValue and <= int.MaxValue
                : bits <= int.MaxValue;
            enumerators[member.Name()] = CArithmetic.Literal(fits ? CArithmetic.Int : type, bits);
        }
    }
}
