using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>A record of C that an array follows whose length only the record itself tells.</summary>
/// <typeparam name="TSelf">The record.</typeparam>
/// <typeparam name="TEntry">An element of the array.</typeparam>
public interface IKvmFlexible<TSelf, TEntry>
    where TSelf : unmanaged, IKvmFlexible<TSelf, TEntry>
    where TEntry : unmanaged
{
    /// <summary>Where the array begins, in bytes from the start of the record.</summary>
    static abstract int EntriesOffset { get; }

    /// <summary>How many entries the record says there are.</summary>
    /// <param name="record">The record.</param>
    /// <param name="count">The number of entries, with a partial one counted in full.</param>
    /// <returns>Whether the record has a member that tells.</returns>
    static abstract bool TryGetCount(in TSelf record, out ulong count);

    /// <summary>Makes the record say how many entries there are, if it has a member for that.</summary>
    /// <param name="record">The record.</param>
    /// <param name="count">The number of entries.</param>
    static abstract void SetCount(ref TSelf record, int count);
}

/// <summary>
/// Memory for a record and the array behind it, which stays where it is while the kernel uses it.
/// </summary>
/// <typeparam name="THeader">The record.</typeparam>
/// <typeparam name="TEntry">An element of the array.</typeparam>
public sealed class KvmBuffer<THeader, TEntry>
    where THeader : unmanaged, IKvmFlexible<THeader, TEntry>
    where TEntry : unmanaged
{
    // Of ulong, so that the record is aligned for any of its members; pinned, so that the kernel can be told
    // where it is.
    private readonly ulong[] memory;

    /// <summary>
    /// Allocates zeroed memory; the record says that there are as many entries as there is room for.
    /// </summary>
    /// <param name="capacity">The number of entries to make room for.</param>
    public KvmBuffer(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        long entries = (long)capacity * Unsafe.SizeOf<TEntry>();
        long bytes = Math.Max(THeader.EntriesOffset + entries, Unsafe.SizeOf<THeader>());
        memory = GC.AllocateArray<ulong>(
            checked((int)((bytes + sizeof(ulong) - 1) / sizeof(ulong))), pinned: true);
        Capacity = capacity;
        Count = capacity;
    }

    /// <summary>The number of entries that there is room for.</summary>
    public int Capacity { get; }

    /// <summary>The record itself.</summary>
    public ref THeader Header => ref Unsafe.As<byte, THeader>(ref MemoryMarshal.GetReference(Bytes));

    /// <summary>
    /// The number of entries, as the record says. After an ioctl that failed with E2BIG it may be what the
    /// kernel would have needed, and so be more than <see cref="Capacity"/>.
    /// </summary>
    public int Count
    {
        get =>
            THeader.TryGetCount(in Header, out ulong count) ? (int)Math.Min(count, int.MaxValue) : Capacity;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            THeader.SetCount(ref Header, value);
        }
    }

    /// <summary>The entries: as many as the record says, or as there is room for if that is less.</summary>
    public Span<TEntry> Entries => AllEntries[..Math.Min(Count, Capacity)];

    /// <summary>Room for <see cref="Capacity"/> entries, whatever the record says.</summary>
    public Span<TEntry> AllEntries =>
        MemoryMarshal.Cast<byte, TEntry>(Bytes[THeader.EntriesOffset..])[..Capacity];

    /// <summary>
    /// Where the record is. Whoever uses it keeps this object alive meanwhile
    /// (<see cref="GC.KeepAlive(object)"/>).
    /// </summary>
    public unsafe THeader* Pointer =>
        // SAFETY: the array is pinned for as long as it lives, and this object holds it; it has at least the
        // size of the record, by the constructor.
        (THeader*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));

    /// <summary>Whether all the entries that the record speaks of are in this memory.</summary>
    internal bool IsConsistent =>
        !THeader.TryGetCount(in Header, out ulong count) || count <= (ulong)Capacity;

    private Span<byte> Bytes => MemoryMarshal.AsBytes(memory.AsSpan());
}

/// <summary>Turns lengths that a record has in bytes into numbers of entries, and back.</summary>
internal static class KvmCounts
{
    /// <summary>Entries in so many bytes; one that is cut off counts in full.</summary>
    public static ulong OfBytes<TEntry>(ulong bytes)
        where TEntry : unmanaged
    {
        ulong size = (ulong)Unsafe.SizeOf<TEntry>();
        return (bytes / size) + (bytes % size == 0 ? 0UL : 1UL);
    }

    /// <summary>Entries in a record and its array of so many bytes together.</summary>
    public static ulong OfTotal<TEntry>(ulong bytes, int offset)
        where TEntry : unmanaged =>
        bytes <= (ulong)offset ? 0 : OfBytes<TEntry>(bytes - (ulong)offset);

    /// <summary>Bytes of so many entries.</summary>
    public static ulong BytesOf<TEntry>(int count)
        where TEntry : unmanaged =>
        (ulong)count * (ulong)Unsafe.SizeOf<TEntry>();
}
