using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>An <c>epoll(7)</c> instance, and room for the events of one wait.</summary>
/// <remarks>
/// Numbers are those of <c>linux/eventpoll.h</c>, the same on every architecture. Its <c>epoll_event</c> is
/// packed on x86-64 alone: 32 bits of events, then the 64 bits that were given with the file.
/// </remarks>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const string Library = "libc";
    private const int CloseOnExec = 0x80000;
    private const int OperationAdd = 1;
    private const int OperationDelete = 2;
    private const int OperationModify = 3;
    private const int Room = 64;

    // In words of 32 bits.
    private static readonly int KeyOffset =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 1 : 2;

    private static readonly int EventSize = KeyOffset + 2;

    private readonly FileHandle file = FileHandle.Of(Create(CloseOnExec), "epoll_create1");

    // Pinned, because the kernel writes into it; read by the thread that waits only.
    private readonly uint[] events = GC.AllocateArray<uint>(Room * EventSize, pinned: true);

    internal void Add(int fd, uint events, ulong key) => Check(Control(OperationAdd, fd, events, key), fd);

    internal void Modify(int fd, uint events, ulong key) =>
        Check(Control(OperationModify, fd, events, key), fd);

    /// <summary>Watches a file no longer. One that the instance does not know (any more) is none.</summary>
    internal void Delete(int fd) => _ = Control(OperationDelete, fd, 0, 0);

    /// <summary>Waits for events.</summary>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <returns>How many there are to be read; 0 after the time or a signal.</returns>
    internal int Wait(int milliseconds)
    {
        using Held<FileHandle> held = new(file);
        int count;

        // SAFETY: the array is pinned for as long as this object lives, and has room for as many events as
        // are asked for.
        unsafe
        {
            void* memory = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(events, 0);
            count = Wait(file.Fd, memory, Room, milliseconds);
        }

        if (count < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR)
        {
            KvmException.ThrowForLastError("epoll_wait", null);
        }

        return Math.Max(count, 0);
    }

    /// <summary>One of the events of the last wait.</summary>
    internal (uint Events, ulong Key) this[int index]
    {
        get
        {
            ReadOnlySpan<uint> entry = events.AsSpan(index * EventSize, EventSize);
            return (entry[0], MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(entry[KeyOffset..])));
        }
    }

    public void Dispose() => file.Dispose();

    private static void Check(int result, int fd)
    {
        if (result < 0)
        {
            KvmException.ThrowForLastError("epoll_ctl", null, $"file {fd}");
        }
    }

    private int Control(int operation, int fd, uint events, ulong key)
    {
        using Held<FileHandle> held = new(file);
        uint* entry = stackalloc uint[4];
        entry[0] = events;
        MemoryMarshal.Write(MemoryMarshal.AsBytes(new Span<uint>(entry + KeyOffset, 2)), key);

        // SAFETY: the kernel reads one event, which the four words on this stack have room for, and keeps no
        // pointer.
        unsafe
        {
            return Control(file.Fd, operation, fd, entry);
        }
    }

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int fd, void* entry);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, void* entries, int room, int milliseconds);
}
