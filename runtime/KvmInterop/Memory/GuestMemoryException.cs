namespace KvmInterop;

/// <summary>An access to guest-physical addresses that are not all memory.</summary>
/// <remarks>
/// A device that follows addresses which the guest chose uses the <c>Try</c> methods of
/// <see cref="GuestMemory"/> instead: there a wrong address is the guest's everyday mischief, and no
/// exception's price should be paid for it.
/// </remarks>
public sealed class GuestMemoryException : Exception
{
    internal GuestMemoryException(ulong address, ulong length, string message)
        : base(message)
    {
        Address = address;
        Length = length;
    }

    /// <summary>The first guest-physical address of the refused access.</summary>
    public ulong Address { get; }

    /// <summary>Bytes that were asked for.</summary>
    public ulong Length { get; }
}
