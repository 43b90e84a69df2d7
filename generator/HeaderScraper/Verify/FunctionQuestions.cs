using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>Asks for the values of function-like macros, with arguments at the edges of bit fields.</summary>
internal sealed class FunctionQuestions(Questions questions, ApiDocument model)
{
    // Edges of fields of 1 to 64 bits; the long one has the form of a register's id.
    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 12, 14, 15, 16, 31, 32, 63, 64, 127, 255, 256, 0xabc, 0x3fff, 0x4000, 0xffff,
        0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x60300000001000c4, 0x7fffffffffffffff,
        0x8000000000000000, ulong.MaxValue,
    ];

    private readonly Dictionary<string, ApiRecord> records =
        model.Records.ToDictionary(r => $"{r.Kind} {r.Name}", StringComparer.Ordinal);

    public void Add(ApiFunction function)
    {
        int asked = 0;
        (string C, ulong Value)[][] choices = [.. function.Parameters.Select(Choices)];
        int most = choices.Length == 0 ? 1 : choices.Max(c => c.Length) * (choices.Length > 1 ? 2 : 1);
        for (int i = 0; i < most; i++)
        {
            int round = i;
            var arguments = choices.Select((c, parameter) => c[Index(round, parameter, c.Length)]);
            asked += Ask(function, [.. arguments], withType: asked == 0) ? 1 : 0;
        }

        if (asked == 0)
        {
            questions.Silent.Add(
                new NotComparable(function.Name, "value", "C defines none for the arguments that are tried"));
        }
    }

    // Each parameter walks through its choices at its own pace, so that neighbours meet in many pairs.
    private static int Index(int round, int parameter, int length) =>
        ((round * ((2 * parameter) + 1)) + parameter) % length;

    private bool Ask(ApiFunction function, (string C, ulong Value)[] arguments, bool withType)
    {
        var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Length; i++)
        {
            values.Add(function.Parameters[i].Name, arguments[i].Value);
        }

        if (new ExpressionValue(values).Of(function.Value) is not { } expected)
        {
            return false;
        }

        string call = $"{function.Name}({string.Join(", ", arguments.Select(a => a.C))})";
        questions.Calls.Add(new ProbeItem(call, "value", call, [expected], value => $"0x{value:x}"));
        if (withType)
        {
            questions.Calls.Add(ScalarKinds.Ask(function.Name, call, function.Type));
        }

        return true;
    }

    private (string C, ulong Value)[] Choices(ApiParameter parameter) => parameter.IsMember
        ? [.. Members(records[parameter.Record], "", 0)]
        : [.. Numbers.Select(number => ($"((__u64)0x{number:x}ull)", number))];

    private static IEnumerable<(string C, ulong Value)> Members(ApiRecord record, string path, long origin)
    {
        foreach (ApiField field in record.Fields.Where(f => !f.IsBitField))
        {
            long offset = origin + field.Offset;
            string name = path + field.Name;
            if (field.Name.Length > 0)
            {
                yield return (name, (ulong)offset);
            }

            if (field.Type.Inline is { } inline && field.Type.Dims.Length == 0)
            {
                string inner = field.Name.Length > 0 ? name + "." : path;
                foreach ((string, ulong) member in Members(inline, inner, offset))
                {
                    yield return member;
                }
            }
        }
    }
}
