using System.Text;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>
/// A C file whose data are the compiler's answers. One question is on one line, so that the line of an error
/// tells which part of the model does not exist in C.
/// </summary>
internal sealed class ProbeSource
{
    /// <summary>Longest string constant that is compared, with its zero.</summary>
    public const int StringRoom = 256;

    public const string Values = ".kvm.values";
    private readonly StringBuilder text = new();
    private readonly Dictionary<int, object> byLine = [];
    private int line = 1;

    private ProbeSource()
    {
        Append("#include <linux/kvm.h>", null);
        Append(ScalarKinds.Macro, null);

        // Macros use what stddef.h has, which is the compiler's and not among the kernel's headers.
        Append("#undef offsetof", null);
        Append("#define offsetof(type, member) __builtin_offsetof(type, member)", null);
    }

    public string Text => text.ToString();

    /// <summary>What is asked: objects of <paramref name="wrong"/> get a line without a question.</summary>
    public static ProbeSource Of(Questions questions, Dictionary<object, string> wrong)
    {
        var source = new ProbeSource();
        source.Append($"const unsigned long long values[] __attribute__((section(\"{Values}\"))) = {{", null);
        foreach (ProbeItem item in questions.Items)
        {
            source.Append(wrong.ContainsKey(item) ? "0," : $"(unsigned long long)({item.Expression}),", item);
        }

        source.Append("0};", null);
        for (int i = 0; i < questions.Bits.Count; i++)
        {
            BitProbe bit = questions.Bits[i];
            string value = wrong.ContainsKey(bit) ? "{}" : $"{{ .{bit.Member} = ~0ull }}";
            source.Append($"const {bit.Type} bits{i} {Section(BitSection(i))} = {value};", bit);
        }

        for (int i = 0; i < questions.Strings.Count; i++)
        {
            StringProbe probe = questions.Strings[i];
            string value = wrong.ContainsKey(probe) ? "\"\"" : probe.Name;
            string section = Section(StringSection(i));
            source.Append($"const char string{i}[{StringRoom}] {section} = {value};", probe);
        }

        return source;
    }

    public static string BitSection(int index) => $".kvm.bits.{index}";

    public static string StringSection(int index) => $".kvm.string.{index}";

    /// <summary>The question on a line; null where there is none.</summary>
    public object? AtLine(int number) => byLine.GetValueOrDefault(number);

    private static string Section(string name) => $"__attribute__((section(\"{name}\")))";

    private void Append(string content, object? question)
    {
        text.Append(content).Append('\n');
        if (question is not null)
        {
            byLine.Add(line, question);
        }

        line++;
    }
}
