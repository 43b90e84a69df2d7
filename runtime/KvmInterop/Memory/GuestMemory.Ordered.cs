using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

// Accesses for what the guest and the host both work on at the same time: the indices and flags of queues.
public sealed partial class GuestMemory
{
    /// <summary>
    /// Reads one value by a single load with acquire order: what the host reads afterwards is at least as
    /// new.
    /// </summary>
    /// <remarks>
    /// The way to an index that the guest publishes: read it so, and then what it stands for. Where the host
    /// must first be sure that the guest sees what it wrote (a queue's suppression of notifications), a full
    /// fence, <see cref="Interlocked.MemoryBarrier"/>, belongs between the two.
    /// </remarks>
    /// <typeparam name="T">Of 1, 2, 4 or 8 bytes; in the host's byte order.</typeparam>
    /// <param name="address">A multiple of the value's size.</param>
    /// <exception cref="GuestMemoryException">Not memory, or not aligned.</exception>
    /// <exception cref="NotSupportedException">The type has another size.</exception>
    public T ReadVolatile<T>(ulong address)
        where T : unmanaged
    {
        if (!TryReadVolatile(address, out T value))
        {
            ThrowNotOrdered<T>(address);
        }

        return value;
    }

    /// <summary>
    /// Writes one value by a single store with release order: who sees it also sees what the host wrote
    /// before.
    /// </summary>
    /// <inheritdoc cref="ReadVolatile{T}(ulong)" path="/typeparam|/param|/exception"/>
    public void WriteVolatile<T>(ulong address, T value)
        where T : unmanaged
    {
        if (!TryWriteVolatile(address, value))
        {
            ThrowNotOrdered<T>(address);
        }
    }

    /// <summary>
    /// Replaces one value if it is the expected one, in a step that no vCPU can come between, and with the
    /// order of a full fence.
    /// </summary>
    /// <param name="address">A multiple of the value's size.</param>
    /// <param name="value">Written if the old value is the comparand.</param>
    /// <param name="comparand">What is expected, compared bit by bit.</param>
    /// <returns>What was there; the comparand, if the value was written.</returns>
    /// <inheritdoc cref="ReadVolatile{T}(ulong)" path="/typeparam|/exception"/>
    public T CompareExchange<T>(ulong address, T value, T comparand)
        where T : unmanaged
    {
        if (!TryCompareExchange(address, value, comparand, out T found))
        {
            ThrowNotOrdered<T>(address);
        }

        return found;
    }

    /// <summary>As <see cref="ReadVolatile{T}(ulong)"/>; false where it is not memory, or not
    /// aligned.</summary>
    public bool TryReadVolatile<T>(ulong address, out T value)
        where T : unmanaged
    {
        using GuestMemoryReadLease lease = FindAligned<T>(address).ForReading();
        if (lease.Span.IsEmpty)
        {
            value = default;
            return false;
        }

        value = OrderedAccess.Load<T>(ref MemoryMarshal.GetReference(lease.Span));
        return true;
    }

    /// <summary>As <see cref="WriteVolatile{T}(ulong, T)"/>; false where it is not memory, or not
    /// aligned.</summary>
    public bool TryWriteVolatile<T>(ulong address, T value)
        where T : unmanaged
    {
        using GuestMemoryLease lease = FindAligned<T>(address);
        if (lease.Span.IsEmpty)
        {
            return false;
        }

        OrderedAccess.Store(ref MemoryMarshal.GetReference(lease.Span), value);
        return true;
    }

    /// <summary>As <see cref="CompareExchange{T}(ulong, T, T)"/>; false where it is not memory, or not
    /// aligned.</summary>
    public bool TryCompareExchange<T>(ulong address, T value, T comparand, out T found)
        where T : unmanaged
    {
        using GuestMemoryLease lease = FindAligned<T>(address);
        if (lease.Span.IsEmpty)
        {
            found = default;
            return false;
        }

        found = OrderedAccess.CompareExchange(ref MemoryMarshal.GetReference(lease.Span), value, comparand);
        return true;
    }

    // Regions are whole pages, and guest and host addresses alike in a page's bits: what is aligned for the
    // guest is so for the host, and lies in one region.
    private GuestMemoryLease FindAligned<T>(ulong address)
        where T : unmanaged
    {
        if (!OrderedAccess.Has<T>())
        {
            throw new NotSupportedException(
                $"{typeof(T).Name} has {Unsafe.SizeOf<T>()} bytes, and one access moves 1, 2, 4 or 8; "
                + "use Read or Write, which may be torn");
        }

        return (address & (ulong)(Unsafe.SizeOf<T>() - 1)) == 0
            ? FindLease(regions, address, Unsafe.SizeOf<T>())
            : default;
    }

    [DoesNotReturn]
    private void ThrowNotOrdered<T>(ulong address)
        where T : unmanaged
    {
        ulong size = (ulong)Unsafe.SizeOf<T>();
        if (address % size == 0)
        {
            ThrowNotMemory(address, size);
        }

        throw new GuestMemoryException(
            address, size,
            $"guest address 0x{address:x} is no multiple of {size}, so that {size} bytes there cannot be "
            + "accessed in one step");
    }
}
