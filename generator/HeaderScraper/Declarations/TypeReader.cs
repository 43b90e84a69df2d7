using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Declarations;

/// <summary>Turns clang's types into the model's.</summary>
/// <remarks>
/// Versions of libclang wrap the same type in different sugar, so that its kind alone decides nothing: what
/// is asked
/// is its declaration, and where it has none, its canonical type.
/// </remarks>
internal sealed class TypeReader(TagNames names, DeclarationReader declarations)
{
    /// <exception cref="ScrapeException">The model has no name for the type.</exception>
    public ApiType Read(CXType type)
    {
        List<long> lengths = [];
        while (true)
        {
            switch (type.kind)
            {
                case CXTypeKind.CXType_ConstantArray:
                    lengths.Add(type.ArraySize);
                    type = type.ArrayElementType;
                    continue;
                case CXTypeKind.CXType_IncompleteArray:
                    lengths.Add(-1);
                    type = type.ArrayElementType;
                    continue;
                case CXTypeKind.CXType_Pointer:
                    return new ApiType("pointer", Dimensions(), null);
            }

            CXCursor declaration = clang.getTypeDeclaration(type);
            if (declaration.kind == CXCursorKind.CXCursor_TypedefDecl)
            {
                if (Scalars.OfTypedef(declaration.Name()) is { } width)
                {
                    return new ApiType(width, Dimensions(), null);
                }

                type = declaration.TypedefDeclUnderlyingType;
                continue;
            }

            CXType canonical = type.CanonicalType;
            if (canonical.kind is CXTypeKind.CXType_Record or CXTypeKind.CXType_Enum)
            {
                return ReadDeclared(clang.getTypeDeclaration(canonical), Dimensions());
            }

            if (canonical.kind != type.kind)
            {
                type = canonical;
                continue;
            }

            return Scalars.Of(type.kind) is { } scalar
                ? new ApiType(scalar, Dimensions(), null)
                : throw new ScrapeException($"the model has no name for the C type '{type.Text()}'");
        }

        EquatableArray<long> Dimensions() => new(lengths);
    }

    private ApiType ReadDeclared(CXCursor declaration, EquatableArray<long> dimensions)
    {
        string? name = names.Of(declaration);
        if (declaration.kind == CXCursorKind.CXCursor_EnumDecl)
        {
            declarations.Require(declaration);
            return name is null
                ? new ApiType(EnumReader.IntegerType(declaration), dimensions, null)
                : new ApiType($"enum {name}", dimensions, null);
        }

        if (name is null)
        {
            return new ApiType(TypeText.Inline, dimensions, declarations.ReadInline(declaration));
        }

        declarations.Require(declaration);
        return new ApiType($"{TagNames.Keyword(declaration)} {name}", dimensions, null);
    }
}
