using System.Globalization;
using System.Text;
using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Declarations;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>The value of an expression and the scalar or <c>string</c> that its C type is.</summary>
internal sealed record MacroValue(string Type, string Value);

/// <summary>
/// Asks the compiler for the values of expressions and for types: a second unit declares a constant for each.
/// </summary>
/// <remarks>
/// A macro's definition cannot be evaluated itself. Enumerators would not do: a broken one silently gets the
/// value
/// after its predecessor's. A constant's initialiser that is no constant has no value, which is what is to
/// be known.
/// </remarks>
internal sealed class MacroProbe
{
    private const string Prefix = "__kvmgen_";

    private readonly StringBuilder text = new(64 * 1024);
    private readonly HashSet<string> added = [];
    private readonly Dictionary<string, CXCursor> variables = [];

    public MacroProbe(string headers)
    {
        text.Append(headers);

        // <stddef.h> is the compiler's, not the kernel's, and every program that uses such a macro includes
        // it.
        text.Append("#ifndef offsetof\n#define offsetof(t, m) __builtin_offsetof(t, m)\n#endif\n");
    }

    /// <summary>A macro that may have been undefined again.</summary>
    public void AddMacro(string name)
    {
        if (!added.Add(name))
        {
            return;
        }

        text.Append("#ifdef ").Append(name).Append("\nstatic const __typeof__(").Append(name).Append(") ")
            .Append(Prefix).Append("v_").Append(name).Append(" = (").Append(name).Append(");\n#endif\n");
    }

    /// <summary>Asks whether a function-like macro is still defined where the headers end.</summary>
    public void AddDefined(string name) =>
        text.Append("#ifdef ").Append(name).Append("\nextern char ")
            .Append(Prefix).Append("d_").Append(name).Append(";\n#endif\n");

    public void AddType(string name, string type) =>
        text.Append("extern __typeof__(").Append(type).Append(") ")
            .Append(Prefix).Append("t_").Append(name).Append(";\n");

    public ParsedUnit Parse(CXIndex index, HeaderSet headers)
    {
        ParsedUnit unit = ParsedUnit.Parse(
            index, headers, text.ToString(), CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies);
        foreach (CXCursor variable in unit.Children(kind => kind == CXCursorKind.CXCursor_VarDecl))
        {
            string name = variable.Name();
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                variables.TryAdd(name[Prefix.Length..], variable);
            }
        }

        return unit;
    }

    public bool IsDefined(string name) => variables.ContainsKey("d_" + name);

    /// <summary>The type that <see cref="AddType"/> asked for; null when it is unknown or
    /// incomplete.</summary>
    public CXType? TypeOf(string name) =>
        variables.TryGetValue("t_" + name, out CXCursor variable) && variable.Type.SizeOf >= 0
            ? variable.Type
            : null;

    /// <summary>Null when the macro is no constant expression.</summary>
    public MacroValue? ValueOf(string name)
    {
        if (!variables.TryGetValue("v_" + name, out CXCursor variable))
        {
            return null;
        }

        using CXEvalResult result = variable.Evaluate;
        if (result.Handle == 0)
        {
            return null;
        }

        CXType type = variable.Type.CanonicalType;
        switch (result.Kind)
        {
            case CXEvalResultKind.CXEval_StrLiteral:
                return new MacroValue("string", result.AsStr);
            case CXEvalResultKind.CXEval_Int when IntegerName(type) is { } scalar:
                string digits = scalar is "bool" || scalar[0] == 'u'
                    ? result.AsUnsigned.ToString(CultureInfo.InvariantCulture)
                    : result.AsLongLong.ToString(CultureInfo.InvariantCulture);
                return new MacroValue(scalar, digits);
            default:
                return null;
        }
    }

    private static string? IntegerName(CXType type) => type.kind switch
    {
        CXTypeKind.CXType_Enum => EnumReader.IntegerType(clang.getTypeDeclaration(type)),
        CXTypeKind.CXType_Float or CXTypeKind.CXType_Double or CXTypeKind.CXType_Void => null,
        _ => Scalars.Of(type.kind),
    };
}
