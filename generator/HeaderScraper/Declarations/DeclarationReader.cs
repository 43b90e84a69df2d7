using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Declarations;

/// <summary>Reads the records and enums of the KVM headers, and those of other headers that they
/// need.</summary>
internal sealed class DeclarationReader
{
    private readonly ParsedUnit unit;
    private readonly TagNames names;
    private readonly TypeReader types;
    private readonly CText text;
    private readonly HashSet<string> required = [];
    private readonly HashSet<CXCursor> requiredUnnamed = [];
    private readonly Queue<CXCursor> pending = [];
    private readonly List<ApiRecord> records = [];
    private readonly List<ApiEnum> enums = [];

    public DeclarationReader(ParsedUnit unit, TagNames names)
    {
        this.unit = unit;
        this.names = names;
        text = new CText(names);
        types = new TypeReader(names, this);
    }

    /// <summary>Has a named record, or an enum, read in its turn.</summary>
    public void Require(CXCursor declaration)
    {
        CXCursor definition = clang.getCursorDefinition(declaration);
        if (definition.IsNull)
        {
            return;
        }

        // By name where there is one: the same type has another cursor in another unit.
        bool added = names.Of(definition) is { } name
            ? required.Add($"{TagNames.Keyword(definition)} {name}")
            : requiredUnnamed.Add(definition);
        if (added)
        {
            pending.Enqueue(definition);
        }
    }

    public ApiType ReadType(CXType type) => types.Read(type);

    /// <summary>Reads all that was required, with all that this needs in turn.</summary>
    public void ReadPending()
    {
        while (pending.TryDequeue(out CXCursor declaration))
        {
            string header = unit.Locate(declaration, out _).Name;
            string? name = names.Of(declaration);
            if (declaration.kind == CXCursorKind.CXCursor_EnumDecl)
            {
                enums.Add(EnumReader.Read(declaration, name, header));
            }
            else if (name is not null)
            {
                records.Add(ReadRecord(declaration, name, header));
            }
        }
    }

    public EquatableArray<ApiRecord> SortedRecords()
    {
        records.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name) is var order and not 0
            ? order
            : string.CompareOrdinal(left.Kind, right.Kind));
        return new EquatableArray<ApiRecord>(records);
    }

    public EquatableArray<ApiEnum> SortedEnums()
    {
        enums.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name) is var order and not 0
            ? order
            : string.CompareOrdinal(FirstMember(left), FirstMember(right)));
        return new EquatableArray<ApiEnum>(enums);
    }

    /// <summary>A record without a name, for the one member that has it.</summary>
    public ApiRecord ReadInline(CXCursor declaration) => ReadRecord(declaration, "", "");

    private ApiRecord ReadRecord(CXCursor declaration, string name, string header)
    {
        CXType type = declaration.Type;
        List<ApiField> fields = [];
        foreach (CXCursor field in Fields(type))
        {
            // C has no name for an unnamed bit-field, and no member: it only moves what follows.
            if (!field.IsBitField || field.Name().Length > 0)
            {
                fields.Add(ReadField(field, name));
            }
        }

        return new ApiRecord(
            name, TagNames.Keyword(declaration), type.SizeOf, (int)type.AlignOf, header,
            new EquatableArray<ApiField>(fields));
    }

    private ApiField ReadField(CXCursor field, string record)
    {
        CXType type = field.Type;
        string name = IsAnonymousMember(type) ? "" : field.Name();
        int width = field.IsBitField ? field.FieldDeclBitWidth : -1;
        string c = text.Declare(type, name) + (width < 0 ? "" : $" : {width}");
        try
        {
            // A flexible array has no size: libclang answers with a negative number.
            return new ApiField(
                name, c, types.Read(type), field.OffsetOfField, width, Math.Max(0, type.SizeOf));
        }
        catch (ScrapeException exception)
        {
            throw new ScrapeException($"cannot describe the member '{c}' of '{record}': {exception.Message}");
        }
    }

    /// <summary>Whether C reaches the members of this member as the parent's own.</summary>
    private static bool IsAnonymousMember(CXType type)
    {
        CXCursor declaration = clang.getTypeDeclaration(type);
        return declaration.kind is CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl
            && declaration.IsAnonymousRecordDecl;
    }

    private static unsafe List<CXCursor> Fields(CXType type)
    {
        List<CXCursor> fields = [];
        // SAFETY: the client data is not used.
        CXFieldVisitor visitor = (field, _) =>
        {
            fields.Add(field);
            return CXVisitorResult.CXVisit_Continue;
        };
        type.VisitFields(visitor, default);
        return fields;
    }

    private static string FirstMember(ApiEnum item) => item.Members.Length > 0 ? item.Members[0].Name : "";
}
