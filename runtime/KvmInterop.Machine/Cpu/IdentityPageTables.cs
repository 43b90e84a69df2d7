namespace KvmInterop.Machine.Cpu;

/// <summary>
/// Page tables for long mode that map the first GiB to itself, in pages of 2 MiB (Intel SDM volume 3, 4.5).
/// </summary>
public static class IdentityPageTables
{
    /// <summary>Bytes: three tables.</summary>
    public const ulong Size = 3 * TableSize;

    private const ulong TableSize = 0x1000;
    private const int Entries = 512;
    private const ulong PresentWritable = 0b11;
    private const ulong LargePage = 1 << 7;
    private const int LargePageShift = 21;

    /// <summary>Writes them; the top table is at the address.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Guest-physical, a whole page.</param>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public static void Write(GuestMemory memory, ulong address)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ulong pointers = address + TableSize;
        ulong directory = pointers + TableSize;
        memory.Fill(address, Size, 0);
        memory.Write(address, pointers | PresentWritable);
        memory.Write(pointers, directory | PresentWritable);
        for (ulong i = 0; i < Entries; i++)
        {
            memory.Write(directory + (i * sizeof(ulong)), (i << LargePageShift) | PresentWritable | LargePage);
        }
    }
}
