namespace KvmInterop.Machine.Virtio.Block;

/// <summary>What a disk looks like to the guest.</summary>
public sealed record VirtioBlockOptions
{
    /// <summary>What the guest finds as the disk's serial number; at most 20 ASCII characters.</summary>
    public string Serial { get; init; } = "";

    /// <summary>Bytes of a block, which the driver had better not write less of; a power of 2, 512 to
    /// 65536. Smaller accesses work all the same.</summary>
    public int BlockSize { get; init; } = BlockImage.SectorSize;

    /// <summary>Bytes in which the host's storage works best; a power of 2 times
    /// <see cref="BlockSize"/>.</summary>
    public int PhysicalBlockSize { get; init; } = 4096;

    /// <summary>How many queues for requests, 1 to 64. All are served by one thread.</summary>
    public int QueueCount { get; init; } = 1;

    /// <summary>Entries of each queue, a power of 2, 4 to 1024.</summary>
    public int QueueSize { get; init; } = 256;

    internal void Check()
    {
        if (Serial.Length > VirtioBlock.IdLength || Serial.Any(c => c is < ' ' or > '~'))
        {
            throw new ArgumentException(
                $"a disk's serial number is at most {VirtioBlock.IdLength} ASCII characters, not '{Serial}'");
        }

        if (BlockSize is < BlockImage.SectorSize or > 65536 || !int.IsPow2(BlockSize))
        {
            throw new ArgumentException($"a block has 512 to 65536 bytes, a power of 2, not {BlockSize}");
        }

        if (PhysicalBlockSize < BlockSize || !int.IsPow2(PhysicalBlockSize))
        {
            throw new ArgumentException(
                $"a physical block is a power of 2 of bytes and at least a block, not {PhysicalBlockSize}");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueCount, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueSize, 4);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueSize, 1024);
    }
}
