namespace KvmInterop.Machine.Virtio;

/// <summary>
/// One request of a driver: bytes for the device to read, then bytes for it to write (virtio 1.2, section
/// 2.7.4), each with a place up to which it has come.
/// </summary>
/// <remarks>
/// An object of the device's that is filled again by each <see cref="Virtqueue.TryPop"/>. How the driver cut
/// the bytes into descriptors makes no difference (2.7.4.1). All of them were in guest memory when the chain
/// was taken; memory that is removed later makes an access fail, not the device.
/// </remarks>
public sealed partial class DescriptorChain
{
    private readonly GuestMemory memory;
    private readonly GuestBuffer[] buffers;
    private int readableCount;
    private int count;

    // The buffer that each cursor is in, and how far.
    private int readIndex;
    private uint readOffset;
    private int writeIndex;
    private uint writeOffset;

    internal DescriptorChain(GuestMemory memory, int capacity)
    {
        this.memory = memory;
        buffers = new GuestBuffer[capacity];
    }

    /// <summary>The number by which the driver knows the chain: its first descriptor.</summary>
    public ushort Head { get; private set; }

    /// <summary>Bytes to read that are left.</summary>
    public ulong ReadableLeft { get; private set; }

    /// <summary>Bytes to write that are left.</summary>
    public ulong WritableLeft { get; private set; }

    /// <summary>Bytes that were written by this object, or given out to be written.</summary>
    public uint Written { get; private set; }

    /// <summary>Copies the next bytes to read.</summary>
    /// <param name="destination">Filled completely.</param>
    /// <returns>False where fewer are left, or their memory is gone.</returns>
    public bool TryRead(Span<byte> destination)
    {
        if (ReadableLeft < (ulong)destination.Length)
        {
            return false;
        }

        while (!destination.IsEmpty)
        {
            GuestBuffer piece = NextReadable((uint)destination.Length);
            if (!memory.TryRead(piece.Address, destination[..(int)piece.Length]))
            {
                return false;
            }

            destination = destination[(int)piece.Length..];
        }

        return true;
    }

    /// <summary>Copies into the next bytes to write.</summary>
    /// <param name="source">Written completely.</param>
    /// <returns>False where there is less room, or its memory is gone.</returns>
    public bool TryWrite(ReadOnlySpan<byte> source)
    {
        if (WritableLeft < (ulong)source.Length)
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            GuestBuffer piece = NextWritable((uint)source.Length);
            if (!memory.TryWrite(piece.Address, source[..(int)piece.Length]))
            {
                return false;
            }

            source = source[(int)piece.Length..];
        }

        return true;
    }

    /// <summary>The next bytes to read that lie in one piece, which count as read.</summary>
    /// <param name="most">As many at most.</param>
    /// <returns>One or more bytes; none where none are left or wanted.</returns>
    public GuestBuffer NextReadable(uint most)
    {
        GuestBuffer piece = Next(ref readIndex, ref readOffset, readableCount, most);
        ReadableLeft -= piece.Length;
        return piece;
    }

    /// <summary>The next bytes to write that lie in one piece, which count as written.</summary>
    /// <inheritdoc cref="NextReadable" path="/param|/returns"/>
    public GuestBuffer NextWritable(uint most)
    {
        GuestBuffer piece = Next(ref writeIndex, ref writeOffset, count, most);
        WritableLeft -= piece.Length;
        Written += piece.Length;
        return piece;
    }

    /// <summary>All that is left to read, in pieces, which count as read.</summary>
    /// <returns>Valid until the chain is filled anew; some may be empty.</returns>
    public ReadOnlySpan<GuestBuffer> TakeReadable()
    {
        ReadableLeft = 0;
        return TakeRest(ref readIndex, ref readOffset, readableCount);
    }

    /// <summary>All that is left to write, in pieces, which count as written.</summary>
    /// <inheritdoc cref="TakeReadable" path="/returns"/>
    public ReadOnlySpan<GuestBuffer> TakeWritable()
    {
        Written += (uint)WritableLeft;
        WritableLeft = 0;
        return TakeRest(ref writeIndex, ref writeOffset, count);
    }

    /// <summary>Cuts the very last byte to write off, where some devices have a status.</summary>
    /// <param name="address">Its guest-physical address.</param>
    /// <returns>False where nothing to write is left.</returns>
    public bool TryTakeLastWritable(out ulong address)
    {
        address = 0;
        int last = count - 1;
        while (last >= writeIndex && buffers[last].Length == 0)
        {
            last--;
        }

        if (WritableLeft == 0)
        {
            return false;
        }

        GuestBuffer buffer = buffers[last];
        address = buffer.Address + buffer.Length - 1;
        buffers[last] = buffer with { Length = buffer.Length - 1 };
        WritableLeft--;
        return true;
    }

    /// <summary>Passes over bytes to read.</summary>
    /// <returns>False where fewer are left.</returns>
    public bool TrySkip(ulong length)
    {
        if (ReadableLeft < length)
        {
            return false;
        }

        while (length > 0)
        {
            length -= NextReadable((uint)Math.Min(length, uint.MaxValue)).Length;
        }

        return true;
    }

    private ReadOnlySpan<GuestBuffer> TakeRest(ref int index, ref uint offset, int end)
    {
        int first = index;
        index = end;
        if (first < end)
        {
            ref GuestBuffer begun = ref buffers[first];
            begun = new GuestBuffer(begun.Address + offset, begun.Length - offset);
        }

        offset = 0;
        return buffers.AsSpan(first, end - first);
    }

    private GuestBuffer Next(ref int index, ref uint offset, int end, uint most)
    {
        while (index < end && offset == buffers[index].Length)
        {
            index++;
            offset = 0;
        }

        if (index >= end || most == 0)
        {
            return default;
        }

        GuestBuffer buffer = buffers[index];
        uint length = Math.Min(most, buffer.Length - offset);
        GuestBuffer piece = new(buffer.Address + offset, length);
        offset += length;
        return piece;
    }
}
