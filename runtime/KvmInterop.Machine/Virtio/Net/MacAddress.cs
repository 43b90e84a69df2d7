using System.Globalization;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>An Ethernet address, 48 bits.</summary>
/// <param name="Value">The first byte on the wire in bits 47 to 40.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 6;

    // Of the first byte: to a group, and given by somebody who owns no range of addresses (IEEE 802).
    private const ulong Group = 1UL << 40;
    private const ulong Local = 1UL << 41;

    /// <summary>Whether it names one station, as that of a card must.</summary>
    public bool IsUnicast => (Value & Group) == 0 && Value != 0 && Value >> 48 == 0;

    /// <summary>An address of nobody's range (locally administered), with a number in its end.</summary>
    /// <param name="number">Of which the low 24 bits count.</param>
    public static MacAddress Local48(uint number) => new(Local | (number & 0xff_ffff));

    /// <summary>Reads six pairs of hexadecimal digits with colons between.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static MacAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        ulong value = 0;
        bool isSound = parts.Length == Size;
        foreach (string part in parts)
        {
            isSound &= byte.TryParse(
                part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte one)
                && part.Length == 2;
            value = (value << 8) | one;
        }

        return isSound
            ? new MacAddress(value)
            : throw new FormatException($"'{text}' is no MAC address; one is written as 52:54:00:12:34:56");
    }

    /// <summary>As it goes over the wire.</summary>
    public void Write(Span<byte> bytes)
    {
        for (int i = 0; i < Size; i++)
        {
            bytes[i] = (byte)(Value >> (8 * (Size - 1 - i)));
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Convert.ToHexStringLower(bytes).Insert(10, ":").Insert(8, ":").Insert(6, ":").Insert(4, ":")
            .Insert(2, ":");
    }
}
