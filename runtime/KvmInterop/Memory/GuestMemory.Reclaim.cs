using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class GuestMemory
{
    /// <summary>Gives the host back what is behind these addresses; they are memory still.</summary>
    /// <remarks>
    /// <c>madvise(2)</c>, MADV_DONTNEED, and MADV_REMOVE for memory with a file of its own. Whoever reads it
    /// next finds zeros, or what the file of <see cref="GuestMemoryBacking.PrivateFile(string, long)"/> has.
    /// For pages of which the guest says that it does not need them: a balloon's.
    /// </remarks>
    /// <param name="address">A multiple of the host's page size.</param>
    /// <param name="length">A multiple of it too, within one region.</param>
    /// <returns>False where it is not so, or its memory cannot be given back: a file that others know by its
    /// name, large pages of which this is a part.</returns>
    public bool TryReclaim(ulong address, ulong length)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        GuestMemoryRegion[] snapshot = regions;
        int index = IndexOf(snapshot, address);
        if (index < 0 || length == 0 || ((address | length) & (page - 1)) != 0
            || snapshot[index].LastAddress - address < length - 1)
        {
            return false;
        }

        GuestMemoryRegion region = snapshot[index];
        int advice = region.Options.Backing.Storage switch
        {
            GuestMemoryBacking.Kind.Anonymous or GuestMemoryBacking.Kind.PrivateFile => Libc.AdviseDontNeed,
            GuestMemoryBacking.Kind.NewMemfd => Libc.AdviseRemove,
            _ => 0,
        };
        if (advice == 0 || !region.Mapping.TryAddReference())
        {
            return false;
        }

        ulong offset = address - region.Address;
        bool isGiven;

        // SAFETY: the range was found to lie in the region's mapping, which the reference keeps; its pages
        // stay mapped and are only emptied, which the guest or a lease may see as it sees any write.
        unsafe
        {
            isGiven = Libc.Advise(region.Mapping.Pointer + offset, (nuint)length, advice) == 0;
        }

        region.Dirty?.Mark(offset, length);
        region.Mapping.DangerousRelease();
        return isGiven;
    }
}
