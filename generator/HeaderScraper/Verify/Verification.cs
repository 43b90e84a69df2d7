using System.Text;
using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>What came of comparing one model with one compiler.</summary>
/// <param name="Compared">How many answers were compared.</param>
/// <param name="NotComparable">What C cannot be asked about.</param>
internal sealed record Verification(
    int Compared, IReadOnlyList<Difference> Differences, IReadOnlyList<NotComparable> NotComparable)
{
    // Each round removes wrong questions; errors that hide others are rare, so few rounds are needed.
    private const int MostRounds = 20;

    /// <summary>All that is checked: what the model says, what it leaves out, and what it calls no constant.</summary>
    /// <param name="inventory">What the same compiler finds in the headers.</param>
    public static Verification Complete(ApiDocument model, CompilerTarget target, HeaderInventory inventory)
    {
        Verification said = Of(model, target, inventory);
        return said with
        {
            Differences =
            [
                .. said.Differences,
                .. Coverage.Of(model, inventory),
                .. Coverage.SkippedConstants(model, inventory, target),
            ],
        };
    }

    /// <summary>Only what the model says.</summary>
    public static Verification Of(ApiDocument model, CompilerTarget target) =>
        Of(model, target, HeaderInventory.Of(target));

    private static Verification Of(ApiDocument model, CompilerTarget target, HeaderInventory inventory)
    {
        var questions = Questions.Of(model, CSpelling.Of(model, target));
        var wrong = new Dictionary<object, string>(ReferenceEqualityComparer.Instance);
        MarkMissingFunctions(model, inventory, questions, wrong);
        for (int round = 0; round < MostRounds; round++)
        {
            ProbeSource source = ProbeSource.Of(questions, wrong);
            Compilation compilation = Compilation.ToObject(target, source.Text);
            if (compilation.Succeeded)
            {
                return Compare(questions, wrong, new ElfObject(compilation.Output));
            }

            int before = wrong.Count;
            foreach ((int line, string message) in compilation.ErrorsByLine())
            {
                if (source.AtLine(line) is { } question)
                {
                    wrong.TryAdd(question, message);
                }
            }

            if (wrong.Count == before)
            {
                throw new VerifyFailure(
                    $"{target.Compiler} cannot compile the probe: {compilation.Messages.Trim()}");
            }
        }

        throw new VerifyFailure($"{target.Compiler} finds errors in the probe without end.");
    }

    // gcc calls an unknown function an error where it is used first, and then takes it as known.
    private static void MarkMissingFunctions(
        ApiDocument model, HeaderInventory inventory, Questions questions, Dictionary<object, string> wrong)
    {
        var defined = inventory.Macros.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        foreach (ApiFunction function in model.Functions.Where(f => !defined.Contains(f.Name)))
        {
            foreach (ProbeItem call in questions.Calls.Where(c => c.Subject.Split('(')[0] == function.Name))
            {
                wrong.Add(call, "no such macro");
            }
        }
    }

    private static Verification Compare(
        Questions questions, Dictionary<object, string> wrong, ElfObject elf)
    {
        var differences = new List<Difference>();
        ReadOnlySpan<byte> values = elf[ProbeSource.Values];
        for (int i = 0; i < questions.Items.Count; i++)
        {
            Compare(differences, wrong, questions.Items[i], elf.ReadUInt64(values[(i * sizeof(ulong))..]));
        }

        Dictionary<int, ulong> answers = Answers(elf);
        for (int i = 0; i < questions.Calls.Count; i++)
        {
            Compare(differences, wrong, questions.Calls[i], answers.GetValueOrDefault(i));
        }

        for (int i = 0; i < questions.Bits.Count; i++)
        {
            BitProbe bit = questions.Bits[i];
            string actual = wrong.TryGetValue(bit, out string? message)
                ? $"an error ({message})"
                : SetBits(elf, elf[ProbeSource.BitSection(i)]);
            string expected = Span(bit.BitOffset, bit.BitOffset + bit.Width - 1);
            AddUnlessSame(differences, bit.Subject, "bits", expected, actual);
        }

        for (int i = 0; i < questions.Strings.Count; i++)
        {
            StringProbe text = questions.Strings[i];
            string actual = wrong.TryGetValue(text, out string? message)
                ? $"an error ({message})"
                : Encoding.UTF8.GetString(elf[ProbeSource.StringSection(i)]).TrimEnd('\0');
            AddUnlessSame(differences, text.Name, "value", text.Expected, actual);
        }

        int compared = questions.Items.Count + questions.Calls.Count + questions.Bits.Count
            + questions.Strings.Count;
        return new Verification(compared, differences, questions.Silent);
    }

    private static void Compare(
        List<Difference> differences, Dictionary<object, string> wrong, ProbeItem item, ulong actual)
    {
        string expected = item.Show(item.Expected[0]);
        if (wrong.TryGetValue(item, out string? message))
        {
            differences.Add(new Difference(item.Subject, item.Aspect, expected, $"an error ({message})"));
        }
        else if (!item.Expected.Contains(actual))
        {
            differences.Add(new Difference(item.Subject, item.Aspect, expected, item.Show(actual)));
        }
    }

    // In whatever order the compiler put the functions.
    private static Dictionary<int, ulong> Answers(ElfObject elf)
    {
        const int EntrySize = 12;
        var answers = new Dictionary<int, ulong>();
        ReadOnlySpan<byte> entries = elf[ProbeSource.Calls];
        for (; entries.Length >= EntrySize; entries = entries[EntrySize..])
        {
            ulong high = elf.ReadUInt32(entries[8..]);
            answers.Add((int)elf.ReadUInt32(entries), high << 32 | elf.ReadUInt32(entries[4..]));
        }

        return answers;
    }

    private static void AddUnlessSame(
        List<Difference> differences, string subject, string aspect, string expected, string actual)
    {
        if (expected != actual)
        {
            differences.Add(new Difference(subject, aspect, expected, actual));
        }
    }

    private static string Span(long first, long last) => $"{first} to {last}";

    // On a big-endian target bits count from a byte's most significant one, as libclang counts them there.
    private static string SetBits(ElfObject elf, ReadOnlySpan<byte> bytes)
    {
        var set = new List<int>();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            int mask = elf.IsLittleEndian ? 1 << (bit % 8) : 0x80 >> (bit % 8);
            if ((bytes[bit / 8] & mask) != 0)
            {
                set.Add(bit);
            }
        }

        return set.Count > 0 && set[^1] - set[0] == set.Count - 1
            ? Span(set[0], set[^1])
            : $"bits {string.Join(", ", set)}";
    }
}
