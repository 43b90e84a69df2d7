using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Console;

// Saving and restoring: which ports the guest knows, what waits for it. The terminal's size is the host's.
public sealed partial class VirtioConsole
{
    /// <inheritdoc/>
    protected override void SaveDevice(DeviceStateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (ConsolePort port in ports)
        {
            state.Add(port.IsReady);
            state.Add(port.IsOpenInGuest);
            byte[] waiting = new byte[port.Input.Count];
            port.Input.Peek(waiting);
            state.Add(waiting);
        }

        state.Add((ushort)messages.Count);
        foreach (byte[] message in messages)
        {
            state.Add(message);
        }
    }

    /// <inheritdoc/>
    protected override Action? ReadDevice(ref DeviceStateReader state)
    {
        (bool IsReady, bool IsOpen, byte[] Waiting)[] saved = new (bool, bool, byte[])[ports.Length];
        for (int i = 0; i < saved.Length; i++)
        {
            saved[i] = (
                state.NextBoolean(), state.NextBoolean(),
                state.NextBytes(ConsolePort.InputCapacity).ToArray());
        }

        ushort count = state.NextUInt16();
        if (count > MostMessages)
        {
            throw state.Damaged($"{count} control messages wait");
        }

        byte[][] waiting = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            waiting[i] = state.NextBytes(ControlLength + ConsolePort.LongestName).ToArray();
        }

        return () =>
        {
            for (int i = 0; i < saved.Length; i++)
            {
                ports[i].IsReady = saved[i].IsReady;
                Volatile.Write(ref ports[i].IsOpenInGuest, saved[i].IsOpen);
                ports[i].Input.Clear();
                ports[i].Input.Enqueue(saved[i].Waiting);
            }

            messages.Clear();
            foreach (byte[] message in waiting)
            {
                messages.Enqueue(message);
            }
        };
    }
}
