namespace KvmInterop;

/// <summary>One value of a GICv3's state: a register of 32 bits, or the levels of 32 lines.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="At">The register's offset, or the INTID of the first line.</param>
/// <param name="ClearedBy">
/// The offset of the register that clears what this one only sets, such as GICD_ICENABLER for GICD_ISENABLER.
/// </param>
internal readonly record struct GicRegister(GicRegister.Kinds Kind, uint At, uint? ClearedBy = null)
{
    internal enum Kinds
    {
        Register,
        LineLevels,
    }

    internal static GicRegister Plain(uint offset) => new(Kinds.Register, offset);

    internal static GicRegister Bits(uint set, uint clear) => new(Kinds.Register, set, clear);

    internal static GicRegister Lines(uint interrupt) => new(Kinds.LineLevels, interrupt);
}
