using System.Numerics;

namespace KvmInterop;

/// <summary>Runs of ones in a bitmap of 64-bit words, the lowest bit of each first, as KVM's are.</summary>
internal static class DirtyBitmap
{
    internal const int WordBits = 64;

    /// <summary>The next run of ones that starts at a bit or behind it.</summary>
    /// <param name="words">The bitmap.</param>
    /// <param name="from">The first bit that counts.</param>
    /// <param name="start">The run's first bit.</param>
    /// <param name="end">One past its last bit.</param>
    /// <returns>False where only zeros are left.</returns>
    internal static bool TryNextRun(ReadOnlySpan<ulong> words, long from, out long start, out long end)
    {
        start = IndexOfNext(words, from, invert: 0);
        end = start < 0 ? -1 : IndexOfNext(words, start, invert: ulong.MaxValue);
        end = end < 0 ? (long)words.Length * WordBits : end;
        return start >= 0;
    }

    /// <summary>How many ones there are.</summary>
    internal static ulong Count(ReadOnlySpan<ulong> words)
    {
        ulong count = 0;
        while (words.IndexOfAnyExcept(0UL) is int next and >= 0)
        {
            count += (ulong)BitOperations.PopCount(words[next]);
            words = words[(next + 1)..];
        }

        return count;
    }

    // The next one, or with all bits inverted the next zero; -1 where there is none.
    private static long IndexOfNext(ReadOnlySpan<ulong> words, long from, ulong invert)
    {
        int word = (int)(from / WordBits);
        if (word >= words.Length)
        {
            return -1;
        }

        ulong first = (words[word] ^ invert) & (ulong.MaxValue << (int)(from % WordBits));
        if (first == 0)
        {
            // Most words of most bitmaps are equal: the search for another is vectorized.
            int next = words[(word + 1)..].IndexOfAnyExcept(invert);
            if (next < 0)
            {
                return -1;
            }

            word += 1 + next;
            first = words[word] ^ invert;
        }

        return ((long)word * WordBits) + BitOperations.TrailingZeroCount(first);
    }
}
