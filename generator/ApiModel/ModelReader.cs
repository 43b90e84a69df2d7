namespace KvmInterop.ApiModel;

/// <summary>Reads a <c>*.api.json</c>: strictly, since whatever is overlooked here becomes a wrong
/// binding.</summary>
internal sealed partial class ModelReader
{
    public static readonly string[] Architectures =
        ["x64", "arm64", "riscv64", "s390x", "ppc64le", "mips64", "loongarch64"];

    private static readonly string[] Directions = ["none", "read", "write", "readwrite"];
    private static readonly string[] ConstantTypes = [.. TypeText.IntegerScalars, "string"];

    /// <summary>Macros are one name space in C, and become one in C#.</summary>
    private readonly HashSet<string> macros = [];

    private readonly HashSet<string> types = [];
    private readonly List<JsonValue> references = [];

    private ModelReader()
    {
    }

    public static ReadResult<ApiDocument> Read(string text)
    {
        try
        {
            return new ReadResult<ApiDocument>(new ModelReader().ReadDocument(JsonParser.Parse(text)), null);
        }
        catch (ReadException exception)
        {
            return new ReadResult<ApiDocument>(null, exception.Locate(text));
        }
    }

    /// <summary>Asked before anything else, so that a later form is called that and not a mistake.</summary>
    public static void RequireSchema(JsonObject document, int version)
    {
        JsonValue schema = document.Required("schema");
        if (schema.Kind != JsonKind.Number
            || schema.Text != version.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            string message =
                $"this is written in schema {schema.Text}, and only schema {version} is understood here: "
                + "use the kvmgen and the generator of the same KvmInterop version";
            throw new ReadException(message, schema.Start, schema.End) { IsUnknownSchema = true };
        }
    }

    private ApiDocument ReadDocument(JsonValue value)
    {
        JsonObject document = new(value, "the model");
        RequireSchema(document, ApiDocument.SchemaVersion);
        string architecture = document.OneOf("architecture", Architectures);
        string linux = document.String("linux");
        var records = ReadList(document, "records", ReadNamedRecord);
        var enums = ReadList(document, "enums", ReadEnum);
        var constants = ReadList(document, "constants", ReadConstant);
        var ioctls = ReadList(document, "ioctls", ReadIoctl);
        var functions = ReadList(document, "functions", ReadFunction);
        var skipped = ReadList(document, "skipped", ReadSkipped);
        document.End();
        foreach (JsonValue reference in references)
        {
            int end = reference.Text.IndexOf('[');
            string name = end < 0 ? reference.Text : reference.Text.Substring(0, end);
            if (!types.Contains(name))
            {
                throw reference.Error($"the model has no '{name}'");
            }
        }

        return new ApiDocument(
            architecture, linux, records, enums, constants, ioctls, functions, skipped);
    }

    private static EquatableArray<T> ReadList<T>(JsonObject parent, string name, Func<JsonValue, T> read)
        where T : IEquatable<T>
    {
        List<T> items = [];
        foreach (JsonMember element in parent.Elements(name))
        {
            items.Add(read(element.Value));
        }

        return new EquatableArray<T>(items);
    }

    private ApiConstant ReadConstant(JsonValue value)
    {
        JsonObject constant = new(value, "a constant");
        string name = ReadMacroName(constant);
        string type = constant.OneOf("type", ConstantTypes);
        string content = type == "string" ? constant.String("value") : constant.Integer("value");
        string header = constant.String("header");
        constant.End();
        return new ApiConstant(name, type, content, header);
    }

    private ApiIoctl ReadIoctl(JsonValue value)
    {
        JsonObject ioctl = new(value, "an ioctl");
        string name = ReadMacroName(ioctl);
        uint request = (uint)ioctl.Count("value", uint.MaxValue);
        string direction = ioctl.OneOf("direction", Directions);
        int number = (int)ioctl.Count("nr", byte.MaxValue);
        int size = (int)ioctl.Count("size", int.MaxValue);
        ApiType? argument = ioctl.Optional("argument") is { } type ? ReadType(type, null) : null;
        string c = ioctl.String("c");
        string header = ioctl.String("header");
        ioctl.End();
        return new ApiIoctl(name, request, direction, number, size, argument, c, header);
    }

    private ApiSkipped ReadSkipped(JsonValue value)
    {
        JsonObject skipped = new(value, "a skipped macro");
        string name = ReadMacroName(skipped);
        string reason = skipped.String("reason");
        string header = skipped.String("header");
        skipped.End();
        return new ApiSkipped(name, reason, header);
    }

    private string ReadMacroName(JsonObject macro)
    {
        string name = macro.String("name");
        return macros.Add(name)
            ? name
            : throw macro.Required("name").Error($"the macro {name} is there twice");
    }
}
