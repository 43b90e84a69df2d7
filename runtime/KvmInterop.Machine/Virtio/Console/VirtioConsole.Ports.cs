using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Virtio.Console;

// What the guest is given: bytes of ports, and control messages (5.3.6).
public sealed partial class VirtioConsole
{
    private const int OutputPart = 4096;

    // struct virtio_console_control: id, event, value.
    private const int ControlLength = 8;

    // Messages that the guest did not take yet. It asks for nothing without making room for the answer, but
    // for a guest that asks and takes nothing there is an end.
    private const int MostMessages = 1024;

    private readonly byte[] output = new byte[OutputPart];
    private readonly Queue<byte[]> messages = new();

    private enum ControlEvent : ushort
    {
        DeviceReady = 0,
        DeviceAdd = 1,
        PortReady = 3,
        ConsolePort = 4,
        Resize = 5,
        PortOpen = 6,
        PortName = 7,
    }

    private void FillReceive(ConsolePort? port, Virtqueue queue)
    {
        // What comes while no program of the guest's has a port open is thrown away by Linux's driver, so it
        // waits here for VIRTIO_CONSOLE_PORT_OPEN, which drivers send for a console too (5.3.6.2).
        if (port is null || (Has(Multiport) && !port.IsOpenInGuest))
        {
            return;
        }

        // Of a driver that always has one more buffer, without a byte of room, no more than these at once.
        int left = queue.Size;
        do
        {
            queue.DisableNotifications();
            while (port.Input.Count > 0 && left > 0 && queue.TryPop(chain))
            {
                left--;
                uint written = 0;
                while (port.Input.Count > 0 && chain.TryLeaseWritable(port.Input.Count, out GuestMemoryLease lease))
                {
                    using (lease)
                    {
                        written += (uint)port.Input.Dequeue(lease.Span);
                    }
                }

                queue.Push(chain, written);
            }
        }
        while (queue.EnableNotifications() && port.Input.Count > 0 && left > 0);
        Interrupt(queue);
        if (left == 0)
        {
            Ring(queue);
        }

        if (port.WantsRoom && port.Input.Room > 0)
        {
            port.WantsRoom = false;
            RoomAvailable?.Invoke(port.Number);
        }
    }

    private void OnControl(DescriptorChain request)
    {
        Span<byte> message = stackalloc byte[ControlLength];
        if (!request.TryRead(message))
        {
            return;
        }

        uint id = BinaryPrimitives.ReadUInt32LittleEndian(message);
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(message[6..]);
        switch ((ControlEvent)BinaryPrimitives.ReadUInt16LittleEndian(message[4..]))
        {
            case ControlEvent.DeviceReady when value == 1:
                foreach (ConsolePort each in ports)
                {
                    Tell(each, ControlEvent.DeviceAdd, 0);
                }

                break;
            case ControlEvent.PortReady when value == 1 && id < (uint)ports.Length:
                Introduce(ports[id]);
                break;
            case ControlEvent.PortOpen when id < (uint)ports.Length:
                Volatile.Write(ref ports[id].IsOpenInGuest, value == 1);
                Ring(Queue(ports[id].ReceiveQueue));
                break;
            default:
                // Of no port, or of no meaning; a driver that failed to add a port has nothing to be told.
                break;
        }
    }

    private void Introduce(ConsolePort port)
    {
        port.IsReady = true;
        if (port.Options.IsConsole)
        {
            Tell(port, ControlEvent.ConsolePort, 1);
            if (size != default)
            {
                Tell(port, ControlEvent.Resize, 0);
            }
        }

        if (port.Options.Name.Length > 0)
        {
            Tell(port, ControlEvent.PortName, 1);
        }

        if (port.IsOpenInHost)
        {
            Tell(port, ControlEvent.PortOpen, 1);
        }
    }

    private void Tell(ConsolePort port, ControlEvent what, ushort value)
    {
        if (!isMultiport || !Has(Multiport) || messages.Count == MostMessages)
        {
            return;
        }

        byte[] message = new byte[ControlLength + what switch
        {
            ControlEvent.Resize => 2 * sizeof(ushort),
            ControlEvent.PortName => port.Options.Name.Length,
            _ => 0,
        }];
        BinaryPrimitives.WriteInt32LittleEndian(message, port.Number);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), (ushort)what);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), value);
        if (what == ControlEvent.Resize)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(8), size.Columns);
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(10), size.Rows);
        }
        else if (what == ControlEvent.PortName)
        {
            Encoding.ASCII.GetBytes(port.Options.Name, message.AsSpan(ControlLength));
        }

        messages.Enqueue(message);
    }

    private void FlushControl()
    {
        if (!IsRunning || QueueCount <= ControlReceive)
        {
            return;
        }

        Virtqueue queue = Queue(ControlReceive);
        do
        {
            while (messages.Count > 0 && queue.TryPop(chain))
            {
                // What does not fit is cut off, as a driver with such small buffers has it.
                ReadOnlySpan<byte> message = messages.Dequeue();
                chain.TryWrite(message[..(int)Math.Min((ulong)message.Length, chain.WritableLeft)]);
                queue.Push(chain, chain.Written);
            }
        }
        while (messages.Count > 0 && queue.EnableNotifications());
        Interrupt(queue);
    }
}
