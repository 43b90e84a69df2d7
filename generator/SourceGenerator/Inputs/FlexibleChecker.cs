using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Inputs;

/// <summary>
/// Compares what ioctls.json says of flexible arrays with the models. A row that does not fit would leave a
/// buffer without a check of its length, and the kernel could write behind it.
/// </summary>
internal static class FlexibleChecker
{
    public static IEnumerable<Finding> Check(InputGroup group)
    {
        KnowledgeFile file = group.Knowledge[0];
        foreach (FlexibleKnowledge row in file.Result.Document!.Flexible)
        {
            if (row.Count.Length > 0 && group.Models.Any(model => Lacks(model.Result.Document!, row)))
            {
                yield return new Finding(
                    "KVMGEN008", file.Path, $"\"{row.Record}\"", row.Record, row.Count);
            }
        }
    }

    private static bool Lacks(ApiDocument document, FlexibleKnowledge row) =>
        document.Records.Any(record => record.Name == row.Record && !Counts(record, row.Count));

    private static bool Counts(ApiRecord record, string member)
    {
        foreach (ApiField field in record.Fields)
        {
            bool integer = !field.IsBitField && field.Type.Dims.Length == 0
                && Array.IndexOf(TypeText.IntegerScalars, field.Type.Name) >= 0;
            if ((field.Name == member && integer)
                || (field.Name.Length == 0 && field.Type.Inline is { } inline && Counts(inline, member)))
            {
                return true;
            }
        }

        return false;
    }
}
