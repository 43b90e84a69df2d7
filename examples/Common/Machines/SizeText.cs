using System.Globalization;

namespace KvmInterop.Examples.Machines;

/// <summary>Sizes as they are written: a number of MiB, or one with K, M, G or T behind it.</summary>
public static class SizeText
{
    private const ulong Page = 0x1000;

    /// <summary>Reads one.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="size">In bytes.</param>
    /// <returns>False where it is no such number, beyond 2^64, or not of whole pages.</returns>
    public static bool TryParse(string text, out ulong size)
    {
        int shift = char.ToUpperInvariant(text.Length > 0 ? text[^1] : ' ') switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        string number = shift == 0 ? text : text[..^1];
        shift = shift == 0 ? 20 : shift;
        bool isSize = ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out size)
            && size <= ulong.MaxValue >> shift && (size << shift) % Page == 0;
        size <<= shift;
        return isSize;
    }
}
