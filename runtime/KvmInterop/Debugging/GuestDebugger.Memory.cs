namespace KvmInterop;

public sealed partial class GuestDebugger
{
    /// <summary>Reads memory by virtual address; in place of breakpoints what was there.</summary>
    /// <param name="vcpu">The vCPU whose tables translate.</param>
    /// <param name="address">The first virtual address.</param>
    /// <param name="destination">Filled as far as pages are mapped to memory.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    public int Read(Vcpu vcpu, ulong address, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        GuestPageWalker walker = vcpu.CreatePageWalker(memory);
        int done = 0;
        while (walker.TryPiece(address, done, destination.Length, out ulong physical, out int length)
            && TryReadPhysical(physical, destination.Slice(done, length)))
        {
            done += length;
        }

        return done;
    }

    /// <summary>
    /// Writes memory by virtual address. Under a breakpoint the new bytes come in when it is removed.
    /// </summary>
    /// <param name="vcpu">The vCPU whose tables translate.</param>
    /// <param name="address">The first virtual address.</param>
    /// <param name="source">Written as far as pages are mapped to memory.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    public int Write(Vcpu vcpu, ulong address, ReadOnlySpan<byte> source)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        GuestPageWalker walker = vcpu.CreatePageWalker(memory);
        int done = 0;
        while (walker.TryPiece(address, done, source.Length, out ulong physical, out int length)
            && TryWritePhysical(physical, source.Slice(done, length)))
        {
            done += length;
        }

        return done;
    }

    /// <summary>As <see cref="Read"/>, by guest-physical address; false where not all is memory.</summary>
    public bool TryReadPhysical(ulong address, Span<byte> destination)
    {
        if (!memory.TryRead(address, destination))
        {
            return false;
        }

        foreach (SoftwareBreakpoint one in software)
        {
            if (Overlap(one, address, destination.Length, out int inOriginal, out int inData, out int length))
            {
                one.Original.AsSpan(inOriginal, length).CopyTo(destination[inData..]);
            }
        }

        return true;
    }

    /// <summary>As <see cref="Write"/>, by guest-physical address; false where not all is memory.</summary>
    public bool TryWritePhysical(ulong address, ReadOnlySpan<byte> source)
    {
        if (!memory.TryWrite(address, source))
        {
            return false;
        }

        foreach (SoftwareBreakpoint one in software)
        {
            if (Overlap(one, address, source.Length, out int inOriginal, out int inData, out int length))
            {
                source.Slice(inData, length).CopyTo(one.Original.AsSpan(inOriginal));
                _ = memory.TryWrite(one.PhysicalAddress, BreakpointInstruction.Bytes);
            }
        }

        return true;
    }

    // The bytes that a breakpoint has in common with [address, address + length), which lies in memory.
    private static bool Overlap(
        SoftwareBreakpoint one, ulong address, int length, out int inOriginal, out int inData, out int common)
    {
        ulong first = Math.Max(address, one.PhysicalAddress);
        ulong end = Math.Min(address + (ulong)length, one.PhysicalAddress + (ulong)one.Original.Length);
        bool overlaps = first < end;
        inOriginal = overlaps ? (int)(first - one.PhysicalAddress) : 0;
        inData = overlaps ? (int)(first - address) : 0;
        common = overlaps ? (int)(end - first) : 0;
        return overlaps;
    }
}
