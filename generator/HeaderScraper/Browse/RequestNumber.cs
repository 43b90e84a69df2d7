namespace KvmInterop.HeaderScraper.Browse;

/// <summary>
/// An ioctl's request number and its parts. Two layouts exist: asm-generic/ioctl.h has two direction bits
/// above 14 bits of size; asm/ioctl.h of powerpc and mips has three above 13, and a bit of its own for
/// "none".
/// </summary>
internal sealed record RequestNumber(uint Value, bool HasThreeDirectionBits)
{
    /// <summary>KVMIO, the type byte of all KVM's requests (linux/kvm.h).</summary>
    public const int KvmType = 0xae;

    private const int TypeShift = 8;
    private const int SizeShift = 16;

    public int Number => (byte)Value;

    public int Type => (byte)(Value >> TypeShift);

    public int SizeBits => HasThreeDirectionBits ? 13 : 14;

    public int DirectionBits => HasThreeDirectionBits ? 3 : 2;

    public int DirectionShift => SizeShift + SizeBits;

    public int Size => (int)(Value >> SizeShift) & ((1 << SizeBits) - 1);

    /// <summary>The direction's bits.</summary>
    public int DirectionCode => (int)(Value >> DirectionShift);

    /// <summary><c>none read write readwrite</c> as models have it, or null: no macro makes such
    /// bits.</summary>
    public string? Direction => HasThreeDirectionBits
        ? DirectionCode switch { 1 => "none", 2 => "read", 4 => "write", 6 => "readwrite", _ => null }
        : DirectionCode switch { 0 => "none", 1 => "write", 2 => "read", _ => "readwrite" };

    public bool IsKvm => Type == KvmType;

    public string Hex => $"0x{Value:x}";

    public static RequestNumber Of(uint value, string architecture) =>
        new(value, architecture is "ppc64le" or "mips64");
}
