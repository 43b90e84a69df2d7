namespace KvmInterop.Tests.Runtime.Dirty;

/// <summary>The search for runs, against one that looks at bit after bit.</summary>
public class DirtyBitmapTests
{
    [Theory]
    [InlineData(new ulong[0], "")]
    [InlineData(new ulong[] { 0, 0 }, "")]
    [InlineData(new ulong[] { 1 }, "0-1")]
    [InlineData(new ulong[] { 0x8000_0000_0000_0000, 1 }, "63-65")]
    [InlineData(new ulong[] { ulong.MaxValue, ulong.MaxValue }, "0-128")]
    [InlineData(new ulong[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x6 }, "577-579")]
    [InlineData(new ulong[] { 0xf0, 0, ulong.MaxValue, 0x3 }, "4-8 128-194")]
    [InlineData(new ulong[] { 0b1011_0101 }, "0-1 2-3 4-6 7-8")]
    public void Runs_ofABitmap_areFound(ulong[] words, string runs) => Assert.Equal(runs, Runs(words));

    [Fact]
    public void Runs_ofRandomBitmaps_areThoseOfTheSlowSearch()
    {
        Random random = new(20);
        for (int round = 0; round < 300; round++)
        {
            ulong[] words = new ulong[random.Next(1, 40)];
            for (int word = 0; word < words.Length; word++)
            {
                words[word] = random.Next(4) switch
                {
                    0 => 0,
                    1 => ulong.MaxValue,
                    2 => 1UL << random.Next(64),
                    _ => (ulong)random.NextInt64() & (ulong)random.NextInt64(),
                };
            }

            Assert.Equal(SlowRuns(words), Runs(words));
            Assert.Equal(
                Enumerable.Range(0, words.Length * 64).Count(bit => IsSet(words, bit)),
                (int)DirtyBitmap.Count(words));
        }
    }

    private static string Runs(ulong[] words)
    {
        List<string> runs = [];
        long from = 0;
        while (DirtyBitmap.TryNextRun(words, from, out long start, out long end))
        {
            runs.Add($"{start}-{end}");
            from = end;
        }

        return string.Join(' ', runs);
    }

    private static string SlowRuns(ulong[] words)
    {
        List<string> runs = [];
        for (int bit = 0; bit < words.Length * 64; bit++)
        {
            if (IsSet(words, bit))
            {
                int start = bit;
                while (bit < words.Length * 64 && IsSet(words, bit))
                {
                    bit++;
                }

                runs.Add($"{start}-{bit}");
            }
        }

        return string.Join(' ', runs);
    }

    private static bool IsSet(ulong[] words, int bit) => ((words[bit / 64] >> (bit % 64)) & 1) != 0;
}
