namespace KvmInterop.ApiModel;

/// <summary>Reads <c>headers/ioctls.json</c>, the hand-kept knowledge that no header has.</summary>
internal static class KnowledgeReader
{
    private const int SchemaVersion = 1;

    private static readonly string[] FdKinds = ["system", "vm", "vcpu", "device"];
    private static readonly string[] ArgumentKinds = ["none", "value", "in", "out", "inout"];
    private static readonly string[] Results = ["zero", "fd", "count", "size", "boolean", "number"];
    private static readonly string[] Units = ["entries", "bytes", "total", "none"];

    public static ReadResult<KnowledgeDocument> Read(string text)
    {
        try
        {
            return new ReadResult<KnowledgeDocument>(ReadDocument(JsonParser.Parse(text)), null);
        }
        catch (ReadException exception)
        {
            return new ReadResult<KnowledgeDocument>(null, exception.Locate(text));
        }
    }

    private static KnowledgeDocument ReadDocument(JsonValue value)
    {
        JsonObject document = new(value, "the list of ioctls");
        ModelReader.RequireSchema(document, SchemaVersion);
        document.StringOr("$schema", "");
        HashSet<string> names = [];
        List<IoctlKnowledge> ioctls = [];
        foreach (JsonMember element in document.Elements("ioctls"))
        {
            IoctlKnowledge ioctl = ReadIoctl(element.Value);
            ioctls.Add(names.Add(ioctl.Name)
                ? ioctl
                : throw element.Value.Error($"the ioctl {ioctl.Name} is there twice"));
        }

        List<FlexibleKnowledge> flexible = [];
        foreach (JsonMember element in document.Elements("flexible"))
        {
            flexible.Add(ReadFlexible(element.Value));
        }

        List<RegisterKnowledge> registers = [];
        foreach (JsonMember element in document.OptionalElements("registers"))
        {
            RegisterKnowledge register = ReadRegister(element.Value);
            registers.Add(names.Add(register.Name)
                ? register
                : throw element.Value.Error($"the register {register.Name} is there twice"));
        }

        document.End();
        return new KnowledgeDocument(
            new EquatableArray<IoctlKnowledge>(ioctls), new EquatableArray<FlexibleKnowledge>(flexible))
        {
            Registers = new EquatableArray<RegisterKnowledge>(registers),
        };
    }

    private static IoctlKnowledge ReadIoctl(JsonValue value)
    {
        JsonObject ioctl = new(value, "an ioctl");
        string name = ioctl.String("name");
        var fds = ioctl.Strings("fds", FdKinds, required: true);
        JsonObject argument = new(ioctl.Required("argument"), "an ioctl's argument");
        string kind = argument.OneOf("kind", ArgumentKinds);
        string argumentName = argument.StringOr("name", "");
        string argumentType = ReadArgumentType(argument);
        argument.End();
        string result = ioctl.OneOf("result", Results);
        var capabilities = ioctl.Strings("capabilities", null, required: false);
        var architectures = ioctl.Strings("architectures", ModelReader.Architectures, required: true);
        string section = ioctl.StringOr("section", "");
        string summary = ioctl.String("summary");
        ioctl.End();
        return new IoctlKnowledge(
            name, fds, kind, argumentName, argumentType, result,
            capabilities, architectures, section, summary);
    }

    private static string ReadArgumentType(JsonObject argument)
    {
        string text = argument.StringOr("type", "");
        return text.Length == 0 || TypeText.Parse(text, null) is not null
            ? text
            : throw argument.Required("type").Error(
                "\"type\" has to name a type, such as u32, void or struct kvm_regs");
    }

    private static RegisterKnowledge ReadRegister(JsonValue value)
    {
        JsonObject register = new(value, "a register");
        string name = register.String("name");
        string index = register.String("index");
        var constants = register.Strings("constants", null, required: true);
        register.End();
        return new RegisterKnowledge(name, index, constants);
    }

    private static FlexibleKnowledge ReadFlexible(JsonValue value)
    {
        JsonObject flexible = new(value, "a flexible array");
        string record = flexible.String("record");
        string array = flexible.String("array");
        string count = flexible.StringOr("count", "");
        string unit = flexible.OneOf("unit", Units);
        flexible.StringOr("reason", "");
        if ((count.Length == 0) != (unit == "none"))
        {
            throw flexible.Required("unit").Error(
                "a flexible array has a \"count\" unless its \"unit\" is none, and only then");
        }

        flexible.End();
        return new FlexibleKnowledge(record, array, count, unit);
    }
}
