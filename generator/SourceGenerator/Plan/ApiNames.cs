using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>The names that a list may choose.</summary>
internal static class ApiNames
{
    public static IEnumerable<string> Of(ApiDocument document) => document.Records.SelectMany(Of)
        .Concat(document.Enums.SelectMany(Of))
        .Concat(document.Constants.Select(constant => constant.Name))
        .Concat(document.Ioctls.Select(ioctl => ioctl.Name))
        .Concat(document.Functions.Select(function => function.Name));

    /// <summary>The ids of registers that are made of a function of the header.</summary>
    public static IEnumerable<string> Of(ApiDocument document, KnowledgeDocument? known) =>
        (known?.Registers ?? EquatableArray<RegisterKnowledge>.Empty)
            .Where(row => document.Functions.Any(function => function.Name == row.Index))
            .Select(row => row.Name);

    /// <summary>The record's own name, and those that its unnamed records get: <c>kvm_run_io</c>.</summary>
    public static IEnumerable<string> Of(ApiRecord record) =>
        new[] { record.Name }.Concat(Inside(record, record.Name));

    /// <summary>The tag, if there is one, and the members.</summary>
    public static IEnumerable<string> Of(ApiEnum item) => item.Members.Select(member => member.Name)
        .Concat(item.Name.Length > 0 ? [item.Name] : Array.Empty<string>());

    private static IEnumerable<string> Inside(ApiRecord record, string name)
    {
        foreach (ApiField field in record.Fields)
        {
            if (field.Type.Inline is not { } inline)
            {
                continue;
            }

            string inner = field.Name.Length == 0 ? name : name + "_" + field.Name;
            if (field.Name.Length > 0)
            {
                yield return inner;
            }

            foreach (string deeper in Inside(inline, inner))
            {
                yield return deeper;
            }
        }
    }
}
