namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Where a driver that means harm has its things: a page for each queue, then buffers.</summary>
internal static class VirtioLayout
{
    public const int MemorySize = 0x1_0000;
    public const int QueuePages = 8;
    public const int MostQueueSize = 8;

    /// <summary>Descriptors of a queue's indirect table.</summary>
    public const int MostIndirect = 64;

    public const ulong Buffers = QueuePages * PageSize;

    private const ulong PageSize = 0x1000;

    public static GuestMemory MakeMemory()
    {
        GuestMemory memory = new();
        memory.Add(0, MemorySize);
        return memory;
    }

    public static ulong Descriptors(int queue) => (ulong)(queue % QueuePages) * PageSize;

    public static ulong Available(int queue) => Descriptors(queue) + 0x400;

    public static ulong Used(int queue) => Descriptors(queue) + 0x800;

    public static ulong IndirectTable(int queue) => Descriptors(queue) + 0xc00;
}
