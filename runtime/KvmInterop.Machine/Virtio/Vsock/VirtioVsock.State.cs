using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Vsock;

// Connections end with the process that has their sockets; a restored guest is told so.
public sealed partial class VirtioVsock
{
    /// <inheritdoc/>
    protected override void SaveDevice(DeviceStateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Add(guestCid);
    }

    /// <inheritdoc/>
    protected override Action? ReadDevice(ref DeviceStateReader state)
    {
        ulong saved = state.NextUInt64();
        if (saved != guestCid)
        {
            throw new StateException($"the saved guest has the CID {saved}, and this device {guestCid}");
        }

        return () => owesTransportReset = true;
    }
}
