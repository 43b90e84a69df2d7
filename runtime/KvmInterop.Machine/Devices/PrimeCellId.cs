namespace KvmInterop.Machine.Devices;

/// <summary>
/// The eight identification registers at the end of a PrimeCell's 4 KiB, one byte in each.
/// </summary>
internal static class PrimeCellId
{
    internal const ulong First = 0xfe0;

    /// <summary>The byte of a register.</summary>
    /// <param name="offset">From <see cref="First"/> on; a multiple of 4.</param>
    /// <param name="peripheral">PeriphID0 to 3, least significant first.</param>
    internal static uint Read(ulong offset, uint peripheral)
    {
        const uint PCellId = 0xb105_f00d; // The same for all PrimeCells.
        int register = (int)(offset - First) / sizeof(uint);
        uint value = register < 4 ? peripheral : PCellId;
        return value >> (register % 4 * 8) & 0xff;
    }
}
