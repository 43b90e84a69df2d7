using System.Reflection;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>Compares every record and member of a model with what the runtime lays out.</summary>
internal sealed class RecordComparison(Bindings bindings, Findings findings)
{
    private readonly HashSet<Type> seen = [];

    /// <summary>The types that stand for something in the model.</summary>
    public IReadOnlySet<Type> Seen => seen;

    public void Compare()
    {
        foreach (ApiRecord record in bindings.Model.Records)
        {
            Record(record, record.Name);
        }
    }

    private Type? Record(ApiRecord record, string name)
    {
        if (bindings.Find(name) is not { } type)
        {
            findings.Differ(name, "type", "there", "missing, or in two namespaces");
            return null;
        }

        seen.Add(type);
        if (record.Size == 0)
        {
            // No C# type is empty.
            findings.Exempt(name, "size", "a C# struct has at least one byte");
            findings.Expect(name, "size", 1, ClrType.SizeOf(type));
        }
        else
        {
            findings.Expect(name, "size", record.Size, ClrType.SizeOf(type));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        Members(record, new Place(type, name), 0, names);
        foreach (MemberInfo extra in type.GetMembers(BindingFlags.Public | BindingFlags.Instance).Where(
            m => m is FieldInfo or PropertyInfo && !names.Contains(m.Name)))
        {
            findings.Differ($"{name}.{extra.Name}", "member", "absent", "there");
        }

        return type;
    }

    private void Members(ApiRecord record, Place place, long baseBits, HashSet<string> names)
    {
        foreach (ApiField field in record.Fields)
        {
            long bits = baseBits + field.BitOffset;
            if (field.Name.Length == 0)
            {
                if (field.Type.Inline is { } inline)
                {
                    Members(inline, place, bits, names);
                }

                continue;
            }

            // C# lets no member have its type's name.
            string name = field.Name == place.Type.Name ? field.Name + "_" : field.Name;
            names.Add(name);
            Member(field, new Spot(place.Type, name, $"{place.Path}.{field.Name}", bits), place);
        }
    }

    private void Member(ApiField field, Spot member, Place place)
    {
        if (field.IsBitField)
        {
            BitField(field, member);
        }
        else if (field.Type.IsFlexible)
        {
            Flexible(member);
        }
        else if (SizeOfElement(field.Type) == 0)
        {
            findings.Exempt(member.Path, "offset", "a member of an empty type is a property without bytes");
            Type? type = member.Type.GetProperty(member.Name)?.PropertyType;
            ElementType(field, member, type ?? typeof(void), place);
        }
        else if (member.Type.GetField(member.Name) is not { } clr)
        {
            findings.Differ(member.Path, "field", "there", "missing");
        }
        else
        {
            findings.Expect(member.Path, "offset", member.Bits / 8, ClrType.OffsetOf(clr));
            findings.Expect(member.Path, "size", field.Size, ClrType.SizeOf(clr.FieldType));
            ElementType(field, member, clr.FieldType, place);
        }
    }

    private void ElementType(ApiField field, Spot member, Type type, Place place)
    {
        if (field.Type.Dims.Length > 0)
        {
            long length = field.Type.Dims.Aggregate(1L, (product, dimension) => product * dimension);
            (Type element, int actual) = ClrType.InlineArrayOf(type) ?? (type, -1);
            findings.Expect(member.Path, "length", length, actual);
            type = element;
        }

        bool inArray = field.Type.Dims.Length > 0;
        if (field.Type.Inline is { } inline)
        {
            string name = $"{place.Type.Name}_{field.Name}";
            findings.ExpectTrue(member.Path, $"type {type.Name}", Record(inline, name) == type);
        }
        else
        {
            Type? expected = ClrScalars.Of(field.Type.Name, inArray)
                ?? bindings.Find(field.Type.Name[(field.Type.Name.IndexOf(' ') + 1)..]);
            findings.ExpectTrue(member.Path, $"type {field.Type.Name} as {type.Name}", type == expected);
        }
    }

    private void BitField(ApiField field, Spot member)
    {
        if (member.Type.GetProperty(member.Name) is not { } property)
        {
            findings.Differ(member.Path, "bit-field", "there", "missing");
            return;
        }

        int[] bits = ClrType.BitsOf(property, bindings.CountsFromMostSignificant(member.Type));
        Type? type = ClrScalars.Of(field.Type.Name, isElement: false);
        findings.ExpectTrue(member.Path, "type", property.PropertyType == type);
        findings.Expect(member.Path, "first bit", member.Bits, bits.FirstOrDefault(-1));
        findings.Expect(member.Path, "width", field.BitWidth, bits.Length);
        findings.Expect(member.Path, "last bit", member.Bits + field.BitWidth - 1, bits.LastOrDefault(-1));
    }

    // What follows the record is no member of it; the interface of the owner type says where it begins.
    private void Flexible(Spot member)
    {
        findings.Exempt(member.Path, "field", "a flexible array is in the record's KvmBuffer and no field");
        PropertyInfo? offset = Array.Find(
            member.Type.GetProperties(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public),
            p => p.Name.EndsWith("EntriesOffset", StringComparison.Ordinal));
        findings.Expect(member.Path, "offset", member.Bits / 8, offset?.GetValue(null) as int? ?? -1);
    }

    private long SizeOfElement(ApiType type) => type.Inline?.Size
        ?? bindings.Model.Records.FirstOrDefault(r => $"{r.Kind} {r.Name}" == type.Name)?.Size
        ?? -1;

    private sealed record Place(Type Type, string Path);

    private sealed record Spot(Type Type, string Name, string Path, long Bits);
}
