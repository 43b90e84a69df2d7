namespace KvmInterop.ApiModel;

/// <content>Function-like macros.</content>
internal sealed partial class ModelReader
{
    private static readonly string[] ParameterTypes = ["u64", "member"];

    private ApiFunction ReadFunction(JsonValue value)
    {
        JsonObject function = new(value, "a function");
        string name = ReadMacroName(function);
        List<ApiParameter> parameters = [];
        HashSet<string> names = [];
        foreach (JsonMember element in function.Elements("parameters"))
        {
            ApiParameter parameter = ReadParameter(element.Value);
            parameters.Add(names.Add(parameter.Name)
                ? parameter
                : throw element.Value.Error($"the parameter {parameter.Name} is there twice"));
        }

        string type = function.OneOf("type", Operators.Types);
        EquatableArray<ApiParameter> all = new(parameters);
        string text = function.String("value");
        string header = function.String("header");
        try
        {
            ApiExpression expression = ExpressionReader.Read(text, type, all);
            function.End();
            return new ApiFunction(name, all, type, expression, header);
        }
        catch (FormatException exception)
        {
            throw function.Required("value").Error($"the value {exception.Message}");
        }
    }

    private ApiParameter ReadParameter(JsonValue value)
    {
        JsonObject parameter = new(value, "a parameter");
        string name = parameter.String("name");
        string record = "";
        if (parameter.OneOf("type", ParameterTypes) == "member")
        {
            JsonValue of = parameter.Required("record");
            record = parameter.String("record");
            if (!record.StartsWith("struct ", StringComparison.Ordinal)
                && !record.StartsWith("union ", StringComparison.Ordinal))
            {
                throw of.Error("\"record\" has to name a struct or a union");
            }

            references.Add(of);
        }

        parameter.End();
        return new ApiParameter(name, record);
    }
}
