using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>A file that the guest has a number for.</summary>
internal sealed class NinePFid(SafeFileHandle place) : IDisposable
{
    /// <summary>The file's place (O_PATH): no reading, and no following of what others put there.</summary>
    internal SafeFileHandle Place { get; } = place;

    /// <summary>The file, open; null before.</summary>
    internal SafeFileHandle? Open { get; set; }

    public void Dispose()
    {
        Open?.Dispose();
        Place.Dispose();
    }
}
