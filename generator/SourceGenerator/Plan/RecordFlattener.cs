using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// A record without records inside: what C declares in place is either promoted or a record of its own.
/// </summary>
/// <param name="Record">Its fields have no inline types; offsets are from its start.</param>
/// <param name="C">What it is in C, for people: <c>struct kvm_regs</c>, <c>io of struct kvm_run</c>.</param>
internal sealed record FlatRecord(ApiRecord Record, string C);

/// <summary>
/// Takes the nested records of a model apart. C# has neither anonymous members nor types without a name: the
/// members of an anonymous union become the parent's, and <c>struct { ... } io</c> of <c>kvm_run</c> becomes
/// the record <c>kvm_run_io</c>.
/// </summary>
internal sealed class RecordFlattener
{
    private readonly Dictionary<string, FlatRecord> records = new(StringComparer.Ordinal);
    private readonly HashSet<string> taken;

    private RecordFlattener(IEnumerable<string> cNames) => taken = new(cNames, StringComparer.Ordinal);

    /// <param name="document">One architecture's model.</param>
    /// <param name="cNames">The type names of all architectures: an invented name is none of them anywhere,
    /// and so is the same everywhere.</param>
    public static Dictionary<string, FlatRecord> Flatten(ApiDocument document, IEnumerable<string> cNames)
    {
        RecordFlattener flattener = new(cNames);
        foreach (ApiRecord record in document.Records)
        {
            flattener.Add(record, record.Name, record.Kind + " " + record.Name);
        }

        return flattener.records;
    }

    private void Add(ApiRecord record, string name, string c)
    {
        List<ApiField> fields = [];
        Promote(record, 0, name, c, fields);
        ApiRecord flat = record with { Name = name, Fields = new EquatableArray<ApiField>(fields) };
        records[name] = new FlatRecord(flat, c);
    }

    private void Promote(ApiRecord record, long origin, string parent, string parentC, List<ApiField> fields)
    {
        foreach (ApiField field in record.Fields)
        {
            long offset = origin + field.BitOffset;
            if (field.Type.Inline is not { } inline)
            {
                // A field without a name is the padding between bit-fields.
                if (field.Name.Length > 0)
                {
                    fields.Add(origin == 0 ? field : field with { BitOffset = offset });
                }
            }
            else if (field.Name.Length == 0)
            {
                Promote(inline, offset, parent, parentC, fields);
            }
            else
            {
                string name = Invent(parent + "_" + field.Name);
                Add(inline, name, $"{field.Name} of {parentC}");
                ApiType type = new(inline.Kind + " " + name, field.Type.Dims, null);
                fields.Add(field with { BitOffset = offset, Type = type });
            }
        }
    }

    private string Invent(string name)
    {
        while (!taken.Add(name))
        {
            name += "_";
        }

        return name;
    }
}
