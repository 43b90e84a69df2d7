namespace KvmInterop.Machine.Virtio;

// From descriptors in guest memory to a list of buffers (2.7.5).
public sealed partial class DescriptorChain
{
    // A chain has at most 2^32 bytes (2.7.5.2); one less, so that every count of bytes fits a used element.
    private const ulong MostBytes = uint.MaxValue;

    /// <summary>Follows a chain from its head.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    internal string? TryFollow(Virtqueue queue, ushort head)
    {
        Head = head;
        count = readableCount = 0;
        readIndex = writeIndex = 0;
        readOffset = writeOffset = 0;
        ReadableLeft = WritableLeft = 0;
        Written = 0;
        string? problem = Follow(queue, head);
        writeIndex = readableCount;
        return problem;
    }

    private string? Follow(Virtqueue queue, ushort head)
    {
        // A loop is a chain that is longer than its table. Indirect tables are bounded by the device's
        // maximum: Linux makes them longer than a small queue, where the queue itself may not be.
        ulong table = queue.DescriptorTable;
        uint tableSize = (uint)queue.Size;
        uint stepsLeft = tableSize;
        bool isIndirect = false;
        uint index = head;
        while (true)
        {
            if (index >= tableSize)
            {
                return "a descriptor's number is beyond its table";
            }

            if (stepsLeft-- == 0)
            {
                return "a chain of descriptors is longer than its table, or leads back to itself";
            }

            if (!memory.TryRead(table + (Descriptor.Size * index), out Descriptor descriptor))
            {
                return "a descriptor is not in memory";
            }

            if (descriptor.Has(Descriptor.IsIndirect))
            {
                if (CheckIndirect(queue, descriptor, isIndirect) is string problem)
                {
                    return problem;
                }

                isIndirect = true;
                table = descriptor.Address;
                tableSize = descriptor.Length / Descriptor.Size;
                stepsLeft = Math.Min(tableSize, (uint)buffers.Length);
                index = 0;
                continue;
            }

            if (Append(descriptor) is string wrong)
            {
                return wrong;
            }

            if (!descriptor.Has(Descriptor.HasNext))
            {
                return null;
            }

            index = descriptor.Next;
        }
    }

    // 2.7.5.3.1 is what the driver may not do.
    private string? CheckIndirect(Virtqueue queue, Descriptor descriptor, bool isInside)
    {
        if (!queue.HasIndirect)
        {
            return "an indirect descriptor, which was not negotiated";
        }

        if (isInside)
        {
            return "an indirect descriptor inside an indirect table";
        }

        if (descriptor.Has(Descriptor.HasNext))
        {
            return "an indirect descriptor that has a next one";
        }

        if (descriptor.Length == 0 || descriptor.Length % Descriptor.Size != 0)
        {
            return "an indirect table that is not a whole number of descriptors";
        }

        return memory.Contains(descriptor.Address, descriptor.Length)
            ? null
            : "an indirect table that is not in memory";
    }

    private string? Append(Descriptor descriptor)
    {
        if (count == buffers.Length)
        {
            return "a chain has more buffers than the device takes";
        }

        if (!memory.Contains(descriptor.Address, descriptor.Length))
        {
            return "a buffer is not in memory";
        }

        if (ReadableLeft + WritableLeft + descriptor.Length > MostBytes)
        {
            return "a chain has 2^32 bytes or more";
        }

        buffers[count++] = new GuestBuffer(descriptor.Address, descriptor.Length);
        if (descriptor.Has(Descriptor.IsWritable))
        {
            WritableLeft += descriptor.Length;
        }
        else if (readableCount != count - 1)
        {
            return "a buffer to read after one to write";
        }
        else
        {
            readableCount = count;
            ReadableLeft += descriptor.Length;
        }

        return null;
    }
}
