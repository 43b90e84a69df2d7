using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>What is at the other end of a network card's cable: Ethernet frames in and out.</summary>
/// <remarks>All members are called by the card alone, under its lock; callbacks of
/// <see cref="INetworkCard.Watch"/> are too.</remarks>
public abstract class NetworkPort : IDisposable
{
    /// <summary>The longest frame that a card gives or takes, without its checksum.</summary>
    public const int LongestFrame = 65536;

    /// <summary>Whether somebody is at the other end.</summary>
    public abstract bool IsUp { get; }

    /// <summary>Begins to work for a card. Called once.</summary>
    public abstract void Open(INetworkCard card);

    /// <summary>Takes a frame that came.</summary>
    /// <param name="frame">Has room for <see cref="LongestFrame"/> bytes.</param>
    /// <returns>Its length; 0 where none is there.</returns>
    public abstract int Receive(Span<byte> frame);

    /// <summary>Sends a frame, at the latest with the next <see cref="Flush"/>, or loses it as a cable
    /// may.</summary>
    /// <param name="frame">Without checksum, at most <see cref="LongestFrame"/> bytes.</param>
    /// <returns>False where there is no room at the moment: the card gives it again after
    /// <see cref="INetworkCard.OnRoom"/>.</returns>
    public abstract bool TrySend(ReadOnlySpan<byte> frame);

    /// <summary>Sends what was kept of the frames given before: the card has no more at the moment. Here:
    /// nothing.</summary>
    public virtual void Flush()
    {
    }

    /// <summary>Whether the card wants to hear of frames: not while the guest has no buffers.</summary>
    public abstract void Listen(bool isWanted);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the port has.</summary>
    /// <param name="disposing">True.</param>
    protected abstract void Dispose(bool disposing);
}
