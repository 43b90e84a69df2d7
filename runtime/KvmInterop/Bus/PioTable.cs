using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>Which range has which of the 65,536 ports. Never changed.</summary>
/// <remarks>
/// Two levels, so that a VM costs 8 KiB for each 256 ports with devices in them, and not 2 MiB. Both are
/// arrays of a fixed length, of which the compiler knows that the halves of a port lie inside, and pages
/// without devices are one empty page: an access looks up without a branch. A change makes a new root, and
/// new pages where it changes them.
/// </remarks>
internal sealed class PioTable
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    private static readonly Page NoDevices = new();

    private Of256<Page> pages;

    private PioTable()
    {
    }

    internal static PioTable Empty { get; } = MakeEmpty();

    internal IReadOnlyList<BusRange> Ranges
    {
        get
        {
            List<BusRange> found = [];
            foreach (Page page in pages)
            {
                foreach (BusRange? range in page.Ranges)
                {
                    if (range is not null && (found.Count == 0 || found[^1] != range))
                    {
                        found.Add(range);
                    }
                }
            }

            return found;
        }
    }

    internal ref readonly PortSlot this[ushort port]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref pages.At((byte)(port >> PageBits)).Slots.At((byte)port);
    }

    internal BusRange? Find(ushort port) => pages.At((byte)(port >> PageBits)).Ranges.At((byte)port);

    /// <summary>A copy with a range as it is now, or without it.</summary>
    internal PioTable With(BusRange range, bool isPresent)
    {
        PioTable changed = new() { pages = pages };
        for (int port = (int)range.Start; port <= (int)range.Last; port++)
        {
            ref Page page = ref changed.pages.At((byte)(port >> PageBits));
            if (page == pages.At((byte)(port >> PageBits)))
            {
                page = page.Copy();
            }

            page.Slots.At((byte)port) = isPresent ? range.Slot.At(port) : default;
            page.Ranges.At((byte)port) = isPresent ? range : null;
        }

        return changed;
    }

    private static PioTable MakeEmpty()
    {
        PioTable empty = new();
        for (int page = 0; page < PageSize; page++)
        {
            empty.pages.At((byte)page) = NoDevices;
        }

        return empty;
    }

    private sealed class Page
    {
        internal Of256<PortSlot> Slots;
        internal Of256<BusRange?> Ranges;

        internal Page Copy() => new() { Slots = Slots, Ranges = Ranges };
    }

    [InlineArray(PageSize)]
    private struct Of256<T>
    {
        private T first;

        /// <summary>The element of half a port.</summary>
        /// <remarks>
        /// Not by the index, for which the compiler makes a span: a span of a structure of ours is code that
        /// only the JIT can make, at a program's first access to a port.
        /// </remarks>
        [UnscopedRef]
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal ref T At(byte half) =>

            // SAFETY: a byte is below the array's 256 elements, so the reference stays inside this structure.
            ref Unsafe.Add(ref first, (nint)half);
    }
}
