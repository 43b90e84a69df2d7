namespace KvmInterop.ApiModel;

/// <content>Records, enums and the types that their members have.</content>
internal sealed partial class ModelReader
{
    private static readonly string[] Kinds = ["struct", "union"];

    private ApiRecord ReadNamedRecord(JsonValue value)
    {
        JsonObject record = new(value, "a record");
        string name = record.String("name");
        string kind = record.OneOf("kind", Kinds);
        if (!types.Add($"{kind} {name}"))
        {
            throw record.Required("name").Error($"{kind} {name} is there twice");
        }

        return ReadRecord(record, name, kind, record.String("header"));
    }

    /// <summary>A record that only one member has carries neither a name nor a header.</summary>
    private ApiRecord ReadInlineRecord(JsonValue value)
    {
        JsonObject record = new(value, "a record inside a member");
        return ReadRecord(record, "", record.OneOf("kind", Kinds), "");
    }

    private ApiRecord ReadRecord(JsonObject record, string name, string kind, string header)
    {
        long size = record.Count("size", int.MaxValue);
        int align = (int)record.Count("align", int.MaxValue);
        HashSet<string> names = [];
        List<ApiField> fields = [];
        foreach (JsonMember element in record.Elements("fields"))
        {
            ApiField field = ReadField(element.Value);
            fields.Add(field.Name.Length == 0 || names.Add(field.Name)
                ? field
                : throw element.Value.Error($"the member {field.Name} is there twice"));
        }

        record.End();
        return new ApiRecord(name, kind, size, align, header, new EquatableArray<ApiField>(fields));
    }

    private ApiField ReadField(JsonValue value)
    {
        JsonObject field = new(value, "a member");
        string name = field.String("name");
        string c = field.String("c");
        JsonValue type = field.Required("type");
        long offset = field.Count("offset", int.MaxValue);
        long size = field.Count("size", int.MaxValue);
        long? bit = field.OptionalCount("bit", 7);
        long? width = bit is null ? null : field.Count("width", 128);
        ApiType read = ReadType(type, field.Optional("record"));
        field.End();
        return new ApiField(name, c, read, (offset * 8) + (bit ?? 0), (int)(width ?? -1), size);
    }

    private ApiType ReadType(JsonValue value, JsonValue? record)
    {
        ApiRecord? inline = record is null ? null : ReadInlineRecord(record);
        ApiType? type = value.Kind == JsonKind.String ? TypeText.Parse(value.Text, inline) : null;
        if (type is null)
        {
            throw value.Error("\"type\" has to name a type, such as u32, u8[4] or struct kvm_regs");
        }

        if (type.Name == TypeText.Inline != (inline is not null))
        {
            throw value.Error("a member has a \"record\" when its type is inline, and only then");
        }

        if (type.Name.IndexOf(' ') > 0)
        {
            references.Add(value);
        }

        return type;
    }

    private ApiEnum ReadEnum(JsonValue value)
    {
        JsonObject item = new(value, "an enum");
        string name = item.String("name");
        if (name.Length > 0 && !types.Add($"enum {name}"))
        {
            throw item.Required("name").Error($"enum {name} is there twice");
        }

        string type = item.OneOf("type", TypeText.IntegerScalars);
        string header = item.String("header");
        var members = ReadList(item, "members", ReadEnumMember);
        item.End();
        return new ApiEnum(name, type, header, members);
    }

    private static ApiEnumMember ReadEnumMember(JsonValue value)
    {
        JsonObject member = new(value, "a member of an enum");
        string name = member.String("name");
        string number = member.Integer("value");
        member.End();
        return new ApiEnumMember(name, number);
    }
}
