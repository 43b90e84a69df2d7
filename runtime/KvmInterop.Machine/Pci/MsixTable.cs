namespace KvmInterop.Machine.Pci;

/// <summary>The table of a function's vectors, and their pending bits, as the guest sees them in memory.
/// </summary>
/// <param name="vectors">The vectors.</param>
/// <param name="pendingOffset">Where the pending bits are; the table ends before.</param>
internal sealed class MsixTable(MsixVector[] vectors, ulong pendingOffset) : RegisterDevice<uint>
{
    private const int BitsOfRegister = 32;

    protected override uint ReadRegister(ulong offset)
    {
        if (offset >= pendingOffset)
        {
            return PendingBits((offset - pendingOffset) / sizeof(uint) * BitsOfRegister);
        }

        ulong vector = offset / MsixVector.EntrySize;
        return vector < (ulong)vectors.Length ? vectors[vector].Read(RegisterOf(offset)) : 0;
    }

    // The pending bits are the device's (6.8.2.10).
    protected override void WriteRegister(ulong offset, uint value)
    {
        ulong vector = offset / MsixVector.EntrySize;
        if (offset < pendingOffset && vector < (ulong)vectors.Length)
        {
            vectors[vector].Write(RegisterOf(offset), value);
        }
    }

    private static int RegisterOf(ulong offset) => (int)(offset % MsixVector.EntrySize / sizeof(uint));

    private uint PendingBits(ulong first)
    {
        uint bits = 0;
        for (int i = 0; i < BitsOfRegister && first + (uint)i < (ulong)vectors.Length; i++)
        {
            bits |= vectors[first + (uint)i].IsPending ? 1u << i : 0;
        }

        return bits;
    }
}
