namespace KvmInterop.Tests.Machine.Virtio.Vsock;

/// <summary>A packet as the guest got it.</summary>
internal sealed record VsockMessage(
    ushort Operation, uint HostPort, uint GuestPort, uint Flags, uint Room, uint Taken, byte[] Data);
