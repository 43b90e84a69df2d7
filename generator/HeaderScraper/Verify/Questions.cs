using System.Globalization;
using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>Everything that a model says, as questions to a C compiler.</summary>
internal sealed class Questions
{
    private readonly CSpelling spelling;

    private Questions(CSpelling spelling) => this.spelling = spelling;

    public List<ProbeItem> Items { get; } = [];

    /// <summary>Questions that may hold a statement expression, which C takes in a function only.</summary>
    public List<ProbeItem> Calls { get; } = [];

    public List<BitProbe> Bits { get; } = [];

    public List<StringProbe> Strings { get; } = [];

    public List<NotComparable> Silent { get; } = [];

    public static Questions Of(ApiDocument model, CSpelling spelling)
    {
        var questions = new Questions(spelling);
        var records = new RecordQuestions(questions, spelling);
        foreach (ApiRecord record in model.Records)
        {
            records.Add(record);
        }

        foreach (ApiEnum e in model.Enums)
        {
            questions.Add(e);
        }

        foreach (ApiConstant constant in model.Constants)
        {
            questions.Add(constant);
        }

        foreach (ApiIoctl ioctl in model.Ioctls)
        {
            questions.Add(ioctl);
        }

        var functions = new FunctionQuestions(questions, model);
        foreach (ApiFunction function in model.Functions)
        {
            functions.Add(function);
        }

        return questions;
    }

    private static ulong BitsOf(string decimalDigits) =>
        unchecked((ulong)Int128.Parse(decimalDigits, CultureInfo.InvariantCulture));

    private void Add(ApiEnum e)
    {
        foreach (ApiEnumMember member in e.Members)
        {
            Items.Add(new ProbeItem(
                member.Name, "value", member.Name, [BitsOf(member.Value)], value => $"{(long)value}"));
        }

        if (e.Name.Length > 0)
        {
            Items.Add(ScalarKinds.Ask($"enum {e.Name}", $"(enum {e.Name})0", e.Type));
        }
        else
        {
            string names = string.Join(", ", e.Members.Select(m => m.Name));
            const string Reason = "an enum without a tag has no name in C";
            Silent.Add(new NotComparable($"enum {{ {names} }}", "type", Reason));
        }
    }

    private void Add(ApiConstant constant)
    {
        if (constant.Type == "string")
        {
            Strings.Add(new StringProbe(constant.Name, constant.Value));
            return;
        }

        bool signed = constant.Type[0] == 's';
        Items.Add(new ProbeItem(
            constant.Name,
            "value",
            constant.Name,
            [BitsOf(constant.Value)],
            value => signed ? $"{(long)value}" : $"{value}"));
        Items.Add(ScalarKinds.Ask(constant.Name, constant.Name, constant.Type));
    }

    private void Add(ApiIoctl ioctl)
    {
        string name = ioctl.Name;
        Items.Add(new ProbeItem(name, "value", $"(__u32)({name})", [ioctl.Value], value => $"0x{value:x}"));
        string[] directions = ["none", "read", "write", "readwrite"];
        Items.Add(new ProbeItem(
            name,
            "direction",
            $"((_IOC_DIR({name}) & _IOC_READ) != 0) + 2 * ((_IOC_DIR({name}) & _IOC_WRITE) != 0)",
            [(ulong)Array.IndexOf(directions, ioctl.Direction)],
            value => directions[value & 3]));
        Items.Add(ProbeItem.Number(name, "nr", $"_IOC_NR({name})", ioctl.Number));
        Items.Add(ProbeItem.Number(name, "size", $"_IOC_SIZE({name})", ioctl.Size));
        if (ioctl.Argument is { } argument)
        {
            string size = $"sizeof({spelling.Whole(argument)})";
            Items.Add(ProbeItem.Number(name, "argument's size", size, ioctl.Size));
        }
    }
}
