using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>A member of a record wherever it is nested, by the path that C reaches it by.</summary>
/// <param name="Path"><c>io.port</c>; members of a record without a name are the parent's.</param>
/// <param name="Parent">The path of the named member that holds it; empty for the record itself.</param>
/// <param name="BitOffset">From the start of the outermost record; in an array, of its first
/// element.</param>
internal sealed record RecordMember(string Path, string Parent, long BitOffset, ApiField Field)
{
    public string Name => Field.Name;

    /// <summary>Every member with a name, in order of declaration.</summary>
    public static IReadOnlyList<RecordMember> Of(ApiRecord record)
    {
        List<RecordMember> members = [];
        Add(record, "", 0);
        return members;

        void Add(ApiRecord part, string parent, long start)
        {
            foreach (ApiField field in part.Fields)
            {
                string path = parent;
                if (field.Name.Length > 0)
                {
                    path = parent.Length == 0 ? field.Name : $"{parent}.{field.Name}";
                    members.Add(new RecordMember(path, parent, start + field.BitOffset, field));
                }

                if (field.Type.Inline is { } inline)
                {
                    Add(inline, path, start + field.BitOffset);
                }
            }
        }
    }
}
