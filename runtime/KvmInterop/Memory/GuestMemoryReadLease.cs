using KvmInterop.Native;

namespace KvmInterop;

/// <summary>As <see cref="GuestMemoryLease"/>, for reading only: nothing counts as written.</summary>
public readonly ref struct GuestMemoryReadLease
{
    private readonly MappingHandle? mapping;

    internal GuestMemoryReadLease(MappingHandle? mapping, ReadOnlySpan<byte> span)
    {
        this.mapping = mapping;
        Span = span;
    }

    /// <summary>The bytes of the guest, which may change them at any time.</summary>
    public ReadOnlySpan<byte> Span { get; }

    /// <summary>Gives the view back. To be called once.</summary>
    public void Dispose() => mapping?.DangerousRelease();
}
