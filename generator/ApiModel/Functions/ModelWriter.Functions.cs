namespace KvmInterop.ApiModel;

/// <content>Function-like macros.</content>
internal sealed partial class ModelWriter
{
    private void WriteFunction(ApiFunction function)
    {
        Open("name", function.Name);
        text.Append(", \"parameters\": [");
        for (int i = 0; i < function.Parameters.Length; i++)
        {
            ApiParameter parameter = function.Parameters[i];
            text.Append(i == 0 ? "" : ", ");
            Open("name", parameter.Name).Member("type", parameter.IsMember ? "member" : "u64");
            if (parameter.IsMember)
            {
                Member("record", parameter.Record);
            }

            Close();
        }

        text.Append(']');
        Member("type", function.Type).Member("value", ExpressionText.Format(function.Value));
        Member("header", function.Header).Close();
    }
}
