using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>Which of many ranges an address may lie in, by their first addresses. Never changed.</summary>
/// <remarks>
/// <para>From the first number to the last lie sections of one size, at most twice as many as there are numbers,
/// and of each is known how many numbers lie before it. Devices mostly lie evenly, so that a section has one of
/// them or none: then their number does not matter. Where one lies far above the others, a section has all of
/// these, and is searched by halves.</para>
/// <para>The search takes the same steps for every address of a section, and no branch depends on it: a branch
/// that is taken half of the time is guessed wrong half of the time.</para>
/// </remarks>
internal readonly struct AddressIndex
{
    // How many numbers lie before each section, and at the end how many there are.
    private readonly int[] before;
    private readonly ulong lowest;
    private readonly int shift;

    /// <param name="starts">Rising; kept.</param>
    internal AddressIndex(ulong[] starts)
    {
        Starts = starts;
        lowest = starts is [ulong first, ..] ? first : 0;
        ulong span = starts is [.., ulong last] ? last - lowest : 0;
        while (span >> shift >= 2 * (ulong)starts.Length && span >> shift > 0)
        {
            shift++;
        }

        before = new int[(int)(span >> shift) + 2];
        foreach (ulong start in starts)
        {
            before[(int)((start - lowest) >> shift) + 1]++;
        }

        for (int section = 1; section < before.Length; section++)
        {
            before[section] += before[section - 1];
        }
    }

    /// <summary>All of them, by themselves, so that a search runs through one array of numbers.</summary>
    internal ulong[] Starts { get; }

    /// <summary>How many ranges start at the address or before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int CountUpTo(ulong address)
    {
        if (address < lowest)
        {
            return 0;
        }

        int[] counts = before;
        int section = (int)Math.Min((address - lowest) >> shift, (ulong)counts.Length - 2);
        int count = counts[section];
        ulong[] all = Starts;
        for (int left = counts[section + 1] - count; left > 1;)
        {
            int half = left >>> 1;
            count += half & -AsNumber(all[count + half - 1] <= address);
            left -= half;
        }

        // Where the section has none left, this one is in a later section, and above the address.
        return (uint)count < (uint)all.Length ? count + AsNumber(all[count] <= address) : count;
    }

    private static int AsNumber(bool value) => Unsafe.BitCast<bool, byte>(value);
}
