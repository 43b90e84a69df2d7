namespace KvmInterop.Machine.Virtio.Vsock;

/// <summary>How far a connection has come.</summary>
internal enum VsockState
{
    /// <summary>A program of the host's has connected and is to say which port it wants.</summary>
    Asking,

    /// <summary>The guest was asked.</summary>
    Requested,

    /// <summary>Bytes go both ways.</summary>
    Established,
}
