namespace KvmInterop.HeaderScraper.Browse;

/// <summary>Numbers with their words.</summary>
internal static class Count
{
    public static string Of(long count, string word) => count == 1 ? $"1 {word}" : $"{count} {word}s";

    public static string Bytes(long count) => Of(count, "byte");

    /// <summary>In bytes, unless some bits are left over.</summary>
    public static string Bits(long count) => count % 8 == 0 ? Bytes(count / 8) : Of(count, "bit");
}
