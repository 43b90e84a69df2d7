using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>Asks for every record's size and alignment, and every member's place, size and type.</summary>
internal sealed class RecordQuestions(Questions questions, CSpelling spelling)
{
    public void Add(ApiRecord record)
    {
        string type = spelling.Record(record);
        questions.Items.Add(ProbeItem.Number(record.Name, "size", $"sizeof({type})", record.Size));
        questions.Items.Add(ProbeItem.Number(record.Name, "alignment", $"_Alignof({type})", record.Align));
        AddMembers(new Holder(record, type), record, "", 0);
    }

    // path is "" or ends in '.': members of an anonymous member are reached as its parent's.
    private void AddMembers(Holder holder, ApiRecord record, string path, long baseBits)
    {
        foreach (ApiField field in record.Fields)
        {
            long bits = baseBits + field.BitOffset;
            if (field.Name.Length == 0)
            {
                AddAnonymous(holder, field, path, bits);
            }
            else if (field.IsBitField)
            {
                AddBitField(holder, field, path + field.Name, bits);
            }
            else
            {
                AddMember(holder, field, path + field.Name, bits);
            }
        }
    }

    private void AddAnonymous(Holder holder, ApiField field, string path, long bits)
    {
        string subject = $"{holder.Record.Name}.{path}{field.C}";
        if (field.IsBitField)
        {
            questions.Silent.Add(
                new NotComparable(subject, "bits", "a bit-field without a name cannot be set in C"));
            return;
        }

        // Where it lies is seen by its members.
        questions.Silent.Add(
            new NotComparable(subject, "size", "a member without a name cannot be measured in C"));
        AddMembers(holder, field.Type.Inline!, path, bits);
    }

    private void AddBitField(Holder holder, ApiField field, string path, long bits)
    {
        string subject = $"{holder.Record.Name}.{path}";
        questions.Bits.Add(
            new BitProbe(subject, holder.Type, path, bits, field.BitWidth));
        questions.Silent.Add(
            new NotComparable(subject, "type", "the declared type of a bit-field cannot be asked for in C"));
    }

    private void AddMember(Holder holder, ApiField field, string path, long bits)
    {
        string subject = $"{holder.Record.Name}.{path}";
        string member = $"(({holder.Type} *)0)->{path}";
        questions.Items.Add(
            ProbeItem.Number(subject, "offset", $"__builtin_offsetof({holder.Type}, {path})", bits / 8));
        if (field.Type.Dims is { Length: > 0 } dims && dims[0] < 0)
        {
            // C knows no size of it; that it is one shows in the record's size, which ends where it starts.
            questions.Silent.Add(new NotComparable(subject, "size", "a flexible array has no size in C"));
        }
        else
        {
            questions.Items.Add(ProbeItem.Number(subject, "size", $"sizeof({member})", field.Size));
        }

        string element = member;
        for (int i = 0; i < field.Type.Dims.Length; i++)
        {
            if (field.Type.Dims[i] > 0)
            {
                questions.Items.Add(ProbeItem.Number(
                    subject,
                    $"length of dimension {i + 1}",
                    $"sizeof({element}) / sizeof({element}[0])",
                    field.Type.Dims[i]));
            }

            element += "[0]";
            path += "[0]";
        }

        AddElement(holder, field, subject, element, path, bits);
    }

    private void AddElement(
        Holder holder, ApiField field, string subject, string element, string path, long bits)
    {
        if (field.Type.Inline is { } inline)
        {
            questions.Items.Add(
                ProbeItem.Number(subject, "element's size", $"sizeof({element})", inline.Size));
            questions.Items.Add(
                ProbeItem.Number(subject, "alignment", $"_Alignof(__typeof__({element}))", inline.Align));
            AddMembers(holder, inline, path + ".", bits);
        }
        else if (ScalarKinds.Has(field.Type.Name))
        {
            questions.Items.Add(ScalarKinds.Ask(subject, element, field.Type.Name));
        }
        else
        {
            questions.Items.Add(new ProbeItem(
                subject,
                "type",
                $"__builtin_types_compatible_p(__typeof__({element}), {spelling.Element(field.Type)})",
                [1],
                value => value == 1 ? field.Type.Name : "another type"));
        }
    }

    /// <param name="Type">How C names it: <c>struct kvm_run</c>.</param>
    private sealed record Holder(ApiRecord Record, string Type);
}
