namespace KvmInterop.Tests.Fuzz;

/// <summary>
/// Numbers that are the same for a seed on every machine and with every .NET (SplitMix64, which
/// <see cref="System.Random"/> does not promise to be).
/// </summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>That of one input, which depends on nothing that came before it.</summary>
    public static FuzzRandom For(string target, ulong seed, long input)
    {
        // FNV-1a: string.GetHashCode is another in each process.
        ulong hash = 0xcbf29ce484222325;
        foreach (char character in target)
        {
            hash = unchecked((hash ^ character) * 0x100000001b3);
        }

        FuzzRandom mixer = new(unchecked(hash + (seed * 0x9e3779b97f4a7c15)));
        return new FuzzRandom(mixer.Next() ^ new FuzzRandom((ulong)input).Next());
    }

    public ulong Next() => unchecked(Mix(state += 0x9e3779b97f4a7c15));

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    public void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Next();
        }
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }
}
