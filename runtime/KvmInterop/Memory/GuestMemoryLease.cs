using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A view of guest memory without a copy, valid until <see cref="Dispose"/>. While it is held the memory
/// stays mapped, whatever else is disposed or removed.
/// </summary>
/// <remarks>
/// The guest may change the bytes at any time: read what matters once, into a variable, and judge the
/// variable. A lease cannot leave the method that took it; do not use <see cref="Span"/> after
/// <see cref="Dispose"/>.
/// </remarks>
public readonly ref struct GuestMemoryLease
{
    private readonly MappingHandle? mapping;

    internal GuestMemoryLease(MappingHandle? mapping, Span<byte> span)
    {
        this.mapping = mapping;
        Span = span;
    }

    /// <summary>The bytes of the guest.</summary>
    public Span<byte> Span { get; }

    /// <summary>Gives the view back. To be called once.</summary>
    public void Dispose() => mapping?.DangerousRelease();
}
