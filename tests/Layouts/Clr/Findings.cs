using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>What a comparison found: how much was compared, what differs, what was let off and why.</summary>
internal sealed class Findings
{
    public List<Difference> Differences { get; } = [];

    public List<NotComparable> Exemptions { get; } = [];

    public int Compared { get; private set; }

    public void Expect(string subject, string aspect, long expected, long actual)
    {
        Compared++;
        if (expected != actual)
        {
            Differ(subject, aspect, $"{expected}", $"{actual}");
        }
    }

    public void ExpectTrue(string subject, string aspect, bool holds)
    {
        Compared++;
        if (!holds)
        {
            Differ(subject, aspect, "there", "another");
        }
    }

    public void Differ(string subject, string aspect, string model, string clr) =>
        Differences.Add(new Difference(subject, aspect, model, clr));

    public void Exempt(string subject, string aspect, string reason) =>
        Exemptions.Add(new NotComparable(subject, aspect, reason));
}
