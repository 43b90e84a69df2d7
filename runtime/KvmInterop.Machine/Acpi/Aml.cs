using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KvmInterop.Machine.Acpi;

/// <summary>
/// Terms of the ACPI Machine Language as bytes (ACPI 6.5, chapter 20): what tables of devices are made of.
/// </summary>
/// <remarks>Each method gives a whole term; terms are put one behind the other, or into each other.</remarks>
public static class Aml
{
    private const byte ZeroOp = 0x00;
    private const byte OneOp = 0x01;
    private const byte NameOp = 0x08;
    private const byte BytePrefix = 0x0a;
    private const byte WordPrefix = 0x0b;
    private const byte DWordPrefix = 0x0c;
    private const byte StringPrefix = 0x0d;
    private const byte QWordPrefix = 0x0e;
    private const byte ScopeOp = 0x10;
    private const byte BufferOp = 0x11;
    private const byte PackageOp = 0x12;
    private const byte MethodOp = 0x14;
    private const byte DualNamePrefix = 0x2e;
    private const byte MultiNamePrefix = 0x2f;
    private const byte ExtendedPrefix = 0x5b;
    private const byte DeviceOp = 0x82;
    private const byte Arg0Op = 0x68;
    private const byte NotifyOp = 0x86;
    private const byte EqualOp = 0x93;
    private const byte IfOp = 0xa0;
    private const byte SerializedMethod = 1 << 3;
    private const int SegmentLength = 4;

    /// <summary>The first argument of a method.</summary>
    public static byte[] Arg0 { get; } = [Arg0Op];

    /// <summary>Terms one behind the other.</summary>
    public static byte[] Join(params ReadOnlySpan<byte[]> terms)
    {
        List<byte> all = [];
        foreach (byte[] term in terms)
        {
            all.AddRange(term);
        }

        return [.. all];
    }

    /// <summary>A number, in its shortest form.</summary>
    public static byte[] Number(ulong value)
    {
        switch (value)
        {
            case 0:
                return [ZeroOp];
            case 1:
                return [OneOp];
            case <= byte.MaxValue:
                return [BytePrefix, (byte)value];
            case <= ushort.MaxValue:
                return [WordPrefix, (byte)value, (byte)(value >> 8)];
            case <= uint.MaxValue:
                byte[] dword = new byte[5];
                dword[0] = DWordPrefix;
                BinaryPrimitives.WriteUInt32LittleEndian(dword.AsSpan(1), (uint)value);
                return dword;
            default:
                byte[] qword = new byte[9];
                qword[0] = QWordPrefix;
                BinaryPrimitives.WriteUInt64LittleEndian(qword.AsSpan(1), value);
                return qword;
        }
    }

    /// <summary>ASCII text.</summary>
    public static byte[] Text(string value) => [StringPrefix, .. Encoding.ASCII.GetBytes(value), 0];

    /// <summary>The compressed id of a device, such as <c>PNP0501</c> (ACPI 6.5, 19.3.4, EISAID).</summary>
    /// <exception cref="ArgumentException">It is not three capital letters and four hexadecimal digits.
    /// </exception>
    public static byte[] EisaId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != 7 || !id.AsSpan(0, 3).ContainsOnlyInRange('A', 'Z')
            || !ushort.TryParse(
                id.AsSpan(3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort product))
        {
            throw new ArgumentException(
                $"'{id}' is no EISA id: those are three capital letters and four hexadecimal digits",
                nameof(id));
        }

        // Five bits for each letter, the digits below; its bytes stand with the highest first.
        uint code = (uint)(id[0] - '@') << 26 | (uint)(id[1] - '@') << 21 | (uint)(id[2] - '@') << 16 | product;
        return Number(BinaryPrimitives.ReverseEndianness(code));
    }

    /// <summary>Bytes.</summary>
    public static byte[] Buffer(params ReadOnlySpan<byte> bytes) =>
        WithLength([BufferOp], [.. Number((ulong)bytes.Length), .. bytes]);

    /// <summary>A list of up to 255 values.</summary>
    /// <exception cref="ArgumentException">There are more.</exception>
    public static byte[] Package(params ReadOnlySpan<byte[]> elements)
    {
        if (elements.Length > byte.MaxValue)
        {
            throw new ArgumentException($"{elements.Length} elements are more than the 255 of a package",
                nameof(elements));
        }

        return WithLength([PackageOp], [(byte)elements.Length, .. Join(elements)]);
    }

    /// <summary>A name for a value.</summary>
    public static byte[] Name(string path, byte[] value) => [NameOp, .. Path(path), .. value];

    /// <summary>Terms in another place of the tree of names.</summary>
    public static byte[] Scope(string path, params ReadOnlySpan<byte[]> terms) =>
        WithLength([ScopeOp], [.. Path(path), .. Join(terms)]);

    /// <summary>A device.</summary>
    public static byte[] Device(string path, params ReadOnlySpan<byte[]> terms) =>
        WithLength([ExtendedPrefix, DeviceOp], [.. Path(path), .. Join(terms)]);

    /// <summary>A method, of which one call runs at a time.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="arguments">How many it takes, 0 to 7.</param>
    /// <param name="terms">What it does.</param>
    public static byte[] Method(string path, int arguments, params ReadOnlySpan<byte[]> terms)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(arguments);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(arguments, 7);
        byte flags = (byte)(arguments | SerializedMethod);
        return WithLength([MethodOp], [.. Path(path), flags, .. Join(terms)]);
    }

    /// <summary>Terms for the case that something is not 0.</summary>
    public static byte[] If(byte[] predicate, params ReadOnlySpan<byte[]> terms) =>
        WithLength([IfOp], [.. predicate, .. Join(terms)]);

    /// <summary>Whether two values are the same.</summary>
    public static byte[] AreEqual(byte[] left, byte[] right) => [EqualOp, .. left, .. right];

    /// <summary>Tells the system that something happened to a device.</summary>
    public static byte[] Notify(string path, ulong what) => [NotifyOp, .. Path(path), .. Number(what)];

    /// <summary>
    /// A path of names with <c>\</c> before or not, and dots between (ACPI 6.5, 20.2.2): <c>\_SB.PWRB</c>.
    /// </summary>
    /// <exception cref="ArgumentException">A name has not 1 to 4 characters of A to Z, 0 to 9 and the
    /// underscore, with no digit first.</exception>
    public static byte[] Path(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool isRoot = path[0] == '\\';
        string[] segments = path[(isRoot ? 1 : 0)..].Split('.');
        List<byte> bytes = isRoot ? [(byte)'\\'] : [];
        if (segments.Length == 2)
        {
            bytes.Add(DualNamePrefix);
        }
        else if (segments.Length > 2)
        {
            bytes.AddRange([MultiNamePrefix, checked((byte)segments.Length)]);
        }

        foreach (string segment in segments)
        {
            if (segment.Length is 0 or > SegmentLength || char.IsAsciiDigit(segment[0])
                || segment.Any(c => !char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c) && c != '_'))
            {
                throw new ArgumentException($"'{segment}' in {path} is no name of ACPI", nameof(path));
            }

            bytes.AddRange(Encoding.ASCII.GetBytes(segment.PadRight(SegmentLength, '_')));
        }

        return [.. bytes];
    }

    // PkgLength counts itself: 1 to 4 bytes, the first of which has the number of the others (20.2.4).
    private static byte[] WithLength(byte[] operation, byte[] content)
    {
        int bytes = 1;
        while (content.Length + bytes >= (bytes == 1 ? 1 << 6 : 1 << (4 + ((bytes - 1) * 8))))
        {
            bytes++;
        }

        int length = content.Length + bytes;
        byte[] encoded = new byte[bytes];
        encoded[0] = (byte)(bytes == 1 ? length : (bytes - 1) << 6 | (length & 0xf));
        for (int i = 1; i < bytes; i++)
        {
            encoded[i] = (byte)(length >> (4 + ((i - 1) * 8)));
        }

        return [.. operation, .. encoded, .. content];
    }

    private static bool ContainsOnlyInRange(this ReadOnlySpan<char> text, char first, char last) =>
        text.IndexOfAnyExceptInRange(first, last) < 0;
}
