using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class GuestMemory
{
    /// <summary>Whether all of these addresses are memory. True for no bytes at all.</summary>
    public bool Contains(ulong address, ulong length) => Covers(regions, address, length, out _);

    /// <summary>Copies guest memory out. Regions that touch are one; over a hole nothing is copied.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public void Read(ulong address, Span<byte> destination)
    {
        if (!TryRead(address, destination))
        {
            ThrowNotMemory(address, (ulong)destination.Length);
        }
    }

    /// <summary>
    /// Copies into guest memory. Regions that touch are one; over a hole nothing is written.
    /// </summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="source">Written completely.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (!TryWrite(address, source))
        {
            ThrowNotMemory(address, (ulong)source.Length);
        }
    }

    /// <summary>
    /// As <see cref="Read(ulong, Span{byte})"/>; false, and nothing copied, where not all is memory.
    /// </summary>
    public bool TryRead(ulong address, Span<byte> destination)
    {
        GuestMemoryRegion[] snapshot = regions;
        if (!Covers(snapshot, address, (ulong)destination.Length, out int index))
        {
            return false;
        }

        while (!destination.IsEmpty)
        {
            using GuestMemoryReadLease piece =
                Piece(snapshot[index++], address, destination.Length).ForReading();
            if (piece.Span.IsEmpty)
            {
                return false;
            }

            piece.Span.CopyTo(destination);
            destination = destination[piece.Span.Length..];
            address += (ulong)piece.Span.Length;
        }

        return true;
    }

    /// <summary>
    /// As <see cref="Write(ulong, ReadOnlySpan{byte})"/>; false, and nothing written, where not all is
    /// memory.
    /// </summary>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        GuestMemoryRegion[] snapshot = regions;
        if (!Covers(snapshot, address, (ulong)source.Length, out int index))
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            using GuestMemoryLease piece = Piece(snapshot[index++], address, source.Length);
            if (piece.Span.IsEmpty)
            {
                return false;
            }

            source[..piece.Span.Length].CopyTo(piece.Span);
            source = source[piece.Span.Length..];
            address += (ulong)piece.Span.Length;
        }

        return true;
    }

    /// <summary>Reads one value, in the host's byte order, at any alignment.</summary>
    /// <remarks>A naturally aligned integer is read by one load, so the guest cannot tear it.</remarks>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public T Read<T>(ulong address)
        where T : unmanaged
    {
        if (!TryRead(address, out T value))
        {
            ThrowNotMemory(address, (ulong)Unsafe.SizeOf<T>());
        }

        return value;
    }

    /// <summary>Writes one value, in the host's byte order, at any alignment.</summary>
    /// <remarks>A naturally aligned integer is written by one store.</remarks>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public void Write<T>(ulong address, T value)
        where T : unmanaged
    {
        if (!TryWrite(address, value))
        {
            ThrowNotMemory(address, (ulong)Unsafe.SizeOf<T>());
        }
    }

    /// <summary>As <see cref="Read{T}(ulong)"/>; false where not all is memory.</summary>
    public bool TryRead<T>(ulong address, out T value)
        where T : unmanaged
    {
        value = default;
        using GuestMemoryReadLease lease = FindLease(regions, address, Unsafe.SizeOf<T>()).ForReading();
        if (lease.Span.IsEmpty)
        {
            return TryRead(address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        }

        value = MemoryMarshal.Read<T>(lease.Span);
        return true;
    }

    /// <summary>As <see cref="Write{T}(ulong, T)"/>; false where not all is memory.</summary>
    public bool TryWrite<T>(ulong address, T value)
        where T : unmanaged
    {
        using GuestMemoryLease lease = FindLease(regions, address, Unsafe.SizeOf<T>());
        if (lease.Span.IsEmpty)
        {
            return TryWrite(address, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        }

        MemoryMarshal.Write(lease.Span, in value);
        return true;
    }

    /// <summary>Sets a range, of any size, to one byte value.</summary>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public void Fill(ulong address, ulong length, byte value)
    {
        Pieces pieces = new(this, address, length);
        while (pieces.Next(out GuestMemoryLease piece))
        {
            piece.Span.Fill(value);
            piece.Dispose();
        }
    }

    /// <summary>A view of guest memory without a copy; dispose it soon.</summary>
    /// <remarks>
    /// All of it counts as written when it ends (<see cref="DirtyTracker"/>); who only reads takes
    /// <see cref="LeaseForReading"/>.
    /// </remarks>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="length">Bytes, 1 or more, all within one region.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory, or it lies in more than one
    /// region.</exception>
    public GuestMemoryLease Lease(ulong address, int length)
    {
        if (!TryLease(address, length, out GuestMemoryLease lease))
        {
            ThrowNotMemory(address, (ulong)length);
        }

        return lease;
    }

    /// <summary>As <see cref="Lease"/>; false where not all is memory of one region.</summary>
    public bool TryLease(ulong address, int length, out GuestMemoryLease lease)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        lease = FindLease(regions, address, length);
        return !lease.Span.IsEmpty;
    }

    /// <summary>As <see cref="Lease"/>, for reading.</summary>
    /// <inheritdoc cref="Lease"/>
    public GuestMemoryReadLease LeaseForReading(ulong address, int length) =>
        Lease(address, length).ForReading();

    /// <summary>As <see cref="LeaseForReading"/>; false where not all is memory of one region.</summary>
    public bool TryLeaseForReading(ulong address, int length, out GuestMemoryReadLease lease)
    {
        bool found = TryLease(address, length, out GuestMemoryLease writable);
        lease = writable.ForReading();
        return found;
    }

    // Empty where the bytes are not all in one region.
    private static GuestMemoryLease FindLease(GuestMemoryRegion[] snapshot, ulong address, int length)
    {
        int index = IndexOf(snapshot, address);
        return index >= 0 && snapshot[index].LastAddress - address >= (ulong)length - 1
            ? Piece(snapshot[index], address, length)
            : default;
    }

    // The part of [address, address + length) that lies in the region, which must hold the first byte. Empty
    // where the region was removed after the caller took its snapshot.
    private static GuestMemoryLease Piece(GuestMemoryRegion region, ulong address, int length)
    {
        if (!region.Mapping.TryAddReference())
        {
            return default;
        }

        ulong offset = address - region.Address;

        // SAFETY: offset is below the mapping's size (the caller found the region by this address) and the
        // length is cut to what is left of it; the add-ref keeps the mapping until the lease's Dispose.
        unsafe
        {
            int part = (int)Math.Min((ulong)length, region.Size - offset);
            return new GuestMemoryLease(
                region, offset, new Span<byte>(region.Mapping.Pointer + offset, part));
        }
    }

    private static bool Covers(GuestMemoryRegion[] snapshot, ulong address, ulong length, out int first)
    {
        first = 0;
        if (length == 0)
        {
            return true;
        }

        first = IndexOf(snapshot, address);
        if (first < 0 || length - 1 > ulong.MaxValue - address)
        {
            return false;
        }

        ulong last = address + (length - 1);
        int index = first;
        while (snapshot[index].LastAddress < last)
        {
            // The next region must start where this one ends, or there is a hole between them.
            if (index + 1 == snapshot.Length
                || snapshot[index + 1].Address != snapshot[index].LastAddress + 1)
            {
                return false;
            }

            index++;
        }

        return true;
    }

    private static int IndexOf(GuestMemoryRegion[] snapshot, ulong address)
    {
        int index = FirstAtOrAfter(snapshot, address);
        return index < snapshot.Length && snapshot[index].Address <= address ? index : -1;
    }

    // The first region that does not end before the address.
    private static int FirstAtOrAfter(GuestMemoryRegion[] snapshot, ulong address)
    {
        int low = 0;
        int high = snapshot.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (snapshot[middle].LastAddress < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    [DoesNotReturn]
    private void ThrowNotMemory(ulong address, ulong length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        GuestMemoryRegion[] snapshot = regions;
        string what = Covers(snapshot, address, length, out _)
            ? "they lie in more than one region and have no view in one piece"
            : $"not all of them are memory (there is {Describe(snapshot)})";
        throw new GuestMemoryException(
            address, length, $"{length:#,0} bytes at guest address 0x{address:x} cannot be accessed: {what}");
    }

    private static string Describe(GuestMemoryRegion[] snapshot) =>
        snapshot.Length == 0 ? "none" : string.Join(", ", snapshot.Select(region => region.ToString()));
}
