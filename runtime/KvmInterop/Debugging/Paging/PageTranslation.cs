using System.Globalization;

namespace KvmInterop;

/// <summary>What the tables allow at an address.</summary>
[Flags]
public enum PageAccess
{
    /// <summary>Reading by the kernel, as everything that is mapped.</summary>
    None = 0,

    /// <summary>Writing. On x86 the kernel may write elsewhere too while CR0.WP is clear.</summary>
    Write = 1 << 0,

    /// <summary>Executing: on arm64 by the kernel.</summary>
    Execute = 1 << 1,

    /// <summary>User mode, EL0 on arm64, may read, and write where <see cref="Write"/> is set.</summary>
    User = 1 << 2,

    /// <summary>User mode may execute.</summary>
    UserExecute = 1 << 3,
}

/// <summary>Why a walk ended without a page.</summary>
public enum PageWalkFailure
{
    /// <summary>It found one.</summary>
    None,

    /// <summary>No processor takes this address: on x86 it is not canonical or wider than 32 bits, on arm64
    /// it belongs to neither half.</summary>
    InvalidAddress,

    /// <summary>An entry is marked as not there.</summary>
    NotPresent,

    /// <summary>An entry has a form that its level does not have.</summary>
    ReservedForm,

    /// <summary>A table is said to lie where the guest has no memory.</summary>
    TableNotMemory,
}

/// <summary>Where a virtual address leads.</summary>
/// <param name="VirtualAddress">The address that was asked for.</param>
/// <param name="PhysicalAddress">Guest-physical; after a failure 0.</param>
/// <param name="PageSize">Bytes, a power of two; after a failure how much the entry in question spans, or 0.
/// </param>
/// <param name="Access">What the tables allow.</param>
/// <param name="Failure">Why there is no page.</param>
/// <param name="Level">The level whose entry decided: on x86 1 for a page of 4 KiB up to 5, on arm64 3 down
/// to -1 as its manual counts, and 0 on x86 without paging.</param>
/// <param name="Entry">That entry as it lies in memory.</param>
public readonly record struct PageTranslation(
    ulong VirtualAddress,
    ulong PhysicalAddress,
    ulong PageSize,
    PageAccess Access,
    PageWalkFailure Failure,
    int Level,
    ulong Entry)
{
    /// <summary>Whether there is a page.</summary>
    public bool IsMapped => Failure == PageWalkFailure.None;

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        string reason = Failure switch
        {
            PageWalkFailure.None => $"0x{Hex(PhysicalAddress)}, page of {Size(PageSize)}, {Letters()}",
            PageWalkFailure.InvalidAddress => "not an address that the processor takes",
            PageWalkFailure.NotPresent => $"not present at level {Level} (entry 0x{Hex(Entry)})",
            PageWalkFailure.ReservedForm => $"reserved form at level {Level} (entry 0x{Hex(Entry)})",
            _ => $"the table of level {Level} is outside of guest memory",
        };
        return $"0x{Hex(VirtualAddress)} -> {reason}";
    }

    internal static PageTranslation Failed(
        ulong address, PageWalkFailure failure, int level = 0, ulong entry = 0, ulong span = 0) =>
        new(address, 0, span, PageAccess.None, failure, level, entry);

    private static string Hex(ulong number) => number.ToString("x", CultureInfo.InvariantCulture);

    private static string Size(ulong bytes) => bytes switch
    {
        >= 1 << 30 => $"{bytes >> 30} GiB",
        >= 1 << 20 => $"{bytes >> 20} MiB",
        _ => $"{bytes >> 10} KiB",
    };

    private string Letters() =>
        $"kernel r{(Access.HasFlag(PageAccess.Write) ? 'w' : '-')}"
        + $"{(Access.HasFlag(PageAccess.Execute) ? 'x' : '-')}, user "
        + $"{(Access.HasFlag(PageAccess.User) ? 'r' : '-')}"
        + $"{(Access.HasFlag(PageAccess.User | PageAccess.Write) ? 'w' : '-')}"
        + $"{(Access.HasFlag(PageAccess.UserExecute) ? 'x' : '-')}";
}
