namespace KvmInterop;

/// <summary>Guest pages that lie one after the other.</summary>
/// <param name="Address">The first guest-physical address, at a page's start.</param>
/// <param name="Size">Bytes; whole pages, never 0.</param>
public readonly record struct GuestPageRange(ulong Address, ulong Size)
{
    /// <summary>The range as <c>0x1000-0x1fff</c>.</summary>
    public override string ToString() => $"0x{Address:x}-0x{Address + (Size - 1):x}";
}
