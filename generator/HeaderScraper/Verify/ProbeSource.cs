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

    /// <summary>Entries of three 32-bit words: the number of the call, the low and the high half.</summary>
    public const string Calls = ".kvm.calls";

    // A value that only an optimizer knows to be constant is an operand of an assembler directive: in halves,
    // as x86 has no 64-bit immediate, and there without the $ that an immediate has.
    private static readonly string[] CallMacro =
    [
        "#ifdef __x86_64__",
        "#define PLAIN \"%c\"",
        "#else",
        "#define PLAIN \"%\"",
        "#endif",
        $"#define SECTION \".pushsection {Calls},\\\"a\\\"\\n\\t\"",
        "#define ENTRY SECTION \".4byte \" PLAIN \"0, \" PLAIN \"1, \" PLAIN \"2\\n\\t.popsection\"",
        "#define HALF(x, n) \"i\"((unsigned)((unsigned long long)(x) >> n))",
        "#define PLACE(i, x) __asm__ volatile(ENTRY :: \"i\"(i), HALF(x, 0), HALF(x, 32))",
        "#define CALL(i, x) void call##i(void) { PLACE(i, x); }",
    ];

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
        foreach (string line in CallMacro)
        {
            source.Append(line, null);
        }

        for (int i = 0; i < questions.Calls.Count; i++)
        {
            ProbeItem call = questions.Calls[i];
            source.Append(wrong.ContainsKey(call) ? "" : $"CALL({i}, {call.Expression})", call);
        }

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
