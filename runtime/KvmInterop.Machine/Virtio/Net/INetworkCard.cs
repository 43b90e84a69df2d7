using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>What a <see cref="NetworkPort"/> knows of the card that it serves.</summary>
public interface INetworkCard
{
    /// <summary>Watches a file on the card's loop; callbacks come under its lock.</summary>
    EventRegistration Watch(SafeHandle file, FileEvents interest, Action<FileEvents> callback);

    /// <summary>A frame may be there.</summary>
    void OnFrames();

    /// <summary>There may be room to send again.</summary>
    void OnRoom();

    /// <summary><see cref="NetworkPort.IsUp"/> has changed.</summary>
    void OnLink();
}
