namespace KvmInterop.Tests.Generator.Harness;

/// <summary>Small models, written as shortly as the C that they stand for.</summary>
internal static class Sample
{
    public const string Header = "linux/kvm.h";

    public static ApiDocument Model(string architecture = "x64") =>
        new(architecture, "7.3.0", [], [], [], [], [], []);

    public static ApiDocument With(this ApiDocument document, params ApiRecord[] records) =>
        document with { Records = new([.. document.Records, .. records]) };

    public static ApiDocument With(this ApiDocument document, params ApiEnum[] enums) =>
        document with { Enums = new([.. document.Enums, .. enums]) };

    public static ApiDocument With(this ApiDocument document, params ApiConstant[] constants) =>
        document with { Constants = new([.. document.Constants, .. constants]) };

    public static ApiDocument With(this ApiDocument document, params ApiIoctl[] ioctls) =>
        document with { Ioctls = new([.. document.Ioctls, .. ioctls]) };

    public static ApiDocument With(this ApiDocument document, params ApiFunction[] functions) =>
        document with { Functions = new([.. document.Functions, .. functions]) };

    /// <summary>As the model writes it; a parameter of two words is a member of that record:
    /// <c>struct kvm_regs.name</c>.</summary>
    public static ApiFunction Function(string name, string parameters, string type, string value)
    {
        string[] words = parameters.Split(", ", StringSplitOptions.RemoveEmptyEntries);
        EquatableArray<ApiParameter> all = new(words.Select(
            word => word.Split('.') is [var record, var member]
                ? new ApiParameter(member, record)
                : new ApiParameter(word, "")));
        return new(name, all, type, ExpressionReader.Read(value, type, all), Header);
    }

    public static ApiRecord Struct(string name, long size, int align, params ApiField[] fields) =>
        new(name, "struct", size, align, name.Length == 0 ? "" : Header, new(fields));

    public static ApiRecord Union(string name, long size, int align, params ApiField[] fields) =>
        Struct(name, size, align, fields) with { Kind = "union" };

    /// <summary>A member as C has it: <c>Field("u8 pad[3]", 5, 3)</c>.</summary>
    public static ApiField Field(string declaration, long offset, long size)
    {
        int bracket = declaration.IndexOf('[', StringComparison.Ordinal);
        string plain = bracket < 0 ? declaration : declaration[..bracket];
        int space = plain.LastIndexOf(' ');
        string type = plain[..space] + (bracket < 0 ? "" : declaration[bracket..]);
        return new(plain[(space + 1)..], declaration, Type(type), offset * 8, -1, size);
    }

    public static ApiField Bits(string declaration, long bit, int width, long size)
    {
        string[] words = declaration.Split(' ');
        return new(words[1], $"{declaration} : {width}", Type(words[0]), bit, width, size);
    }

    public static ApiField Inline(string name, long offset, ApiRecord record, string dims = "")
    {
        ApiType type = new("inline", Type("u8" + dims).Dims, record);
        string c = record.Kind + " { ... }" + (name.Length == 0 ? "" : $" {name}{dims}");
        return new(name, c, type, offset * 8, -1, dims == "[]" ? 0 : record.Size);
    }

    public static ApiConstant Constant(string name, string value, string type = "s32") =>
        new(name, type, value, Header);

    public static ApiEnum Enum(string name, params (string Name, string Value)[] members) =>
        new(name, "u32", Header, new(members.Select(member => new ApiEnumMember(member.Name, member.Value))));

    public static ApiIoctl Ioctl(
        string name, uint value, string direction = "none", string? argument = null) =>
        new(
            name, value, direction, (int)(value & 0xFF), (int)(value >> 16) & 0x1FFF,
            argument is null ? null : Type(argument),
            argument is null
                ? $"_IO(0xAE, 0x{value & 0xFF:X2})"
                : $"_IOR(0xAE, 0x{value & 0xFF:X2}, {argument})",
            Header);

    public static KnowledgeDocument Knowledge(params IoctlKnowledge[] rows) => new(new(rows), []);

    public static KnowledgeDocument With(this KnowledgeDocument document, params FlexibleKnowledge[] rows) =>
        document with { Flexible = new(rows) };

    public static KnowledgeDocument With(
        this KnowledgeDocument document, params RegisterKnowledge[] rows) =>
        document with { Registers = new(rows) };

    public static IoctlKnowledge Row(
        string name, string fd, string kind, string argument = "", string type = "") =>
        new(
            name, new([fd]), kind, argument, type, "zero", [], new(["x64", "arm64"]), "4.1",
            $"Does what {name} does.");

    public static string Json(this ApiDocument document) => ModelWriter.Write(document);

    private static ApiType Type(string text) =>
        TypeText.Parse(text, null) ?? throw new ArgumentException($"'{text}' is no type", nameof(text));
}
