using System.Collections.Immutable;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// Where a PC has its memory: from 0 up to the hole below 4 GiB that devices need, and the rest from 4 GiB on.
/// </summary>
public sealed class PcMemoryLayout
{
    /// <summary>Where the hole for devices begins; memory below goes up to here at most.</summary>
    public const ulong HoleStart = 0xc000_0000;

    /// <summary>Where memory goes on.</summary>
    public const ulong HoleEnd = 0x1_0000_0000;

    /// <summary>The end of what real-mode programs have, and the start of the extended BIOS data.</summary>
    public const ulong LowMemoryEnd = 0x9_fc00;

    /// <summary>Where memory beyond the BIOS begins.</summary>
    public const ulong HighMemoryStart = 0x10_0000;

    /// <summary>Below that not even tables and a loader's own pages have room.</summary>
    public const ulong LeastSize = HighMemoryStart;

    /// <summary>More than that no machine of this library has.</summary>
    public const ulong MostSize = 1UL << 42;

    internal const ulong PageSize = 0x1000;

    /// <summary>Lays memory out.</summary>
    /// <param name="size">Bytes, whole pages of 4 KiB, 1 MiB to 4 TiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less or more, or not whole pages.</exception>
    public PcMemoryLayout(ulong size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, LeastSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MostSize);
        if (size % PageSize != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), $"{size:#,0} bytes of memory are not whole pages of {PageSize:#,0} bytes");
        }

        Size = size;
        LowSize = Math.Min(size, HoleStart);
        HighSize = size - LowSize;
        E820 = [.. Entries()];
    }

    /// <summary>Bytes in all.</summary>
    public ulong Size { get; }

    /// <summary>Bytes from address 0 on.</summary>
    public ulong LowSize { get; }

    /// <summary>Bytes from 4 GiB on; 0 where all fit below.</summary>
    public ulong HighSize { get; }

    /// <summary>What a guest is told: memory without the BIOS area from 639 KiB to 1 MiB.</summary>
    public ImmutableArray<E820Entry> E820 { get; }

    /// <summary>Adds the memory, in one region or two.</summary>
    /// <param name="memory">Without regions at these addresses.</param>
    /// <param name="options">What it is made of; null for anonymous memory.</param>
    /// <inheritdoc cref="GuestMemory.Add" path="/exception"/>
    public void AddTo(GuestMemory memory, GuestMemoryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Add(0, LowSize, options);
        if (HighSize > 0)
        {
            memory.Add(HoleEnd, HighSize, options);
        }
    }

    private IEnumerable<E820Entry> Entries()
    {
        yield return new(0, LowMemoryEnd, E820Type.Ram);
        yield return new(LowMemoryEnd, HighMemoryStart - LowMemoryEnd, E820Type.Reserved);
        if (LowSize > HighMemoryStart)
        {
            yield return new(HighMemoryStart, LowSize - HighMemoryStart, E820Type.Ram);
        }

        if (HighSize > 0)
        {
            yield return new(HoleEnd, HighSize, E820Type.Ram);
        }
    }
}
