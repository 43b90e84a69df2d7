using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio.Console;

namespace KvmInterop.Examples.Machines;

/// <summary>What takes what is typed: a serial port or a virtio console.</summary>
/// <param name="receive">Takes bytes; gives how many it took.</param>
public sealed class ConsoleInput(ConsoleInput.Receiver receive)
{
    private readonly object gate = new();
    private bool hasRoom;

    /// <summary>Takes bytes.</summary>
    /// <returns>How many were taken.</returns>
    public delegate int Receiver(ReadOnlySpan<byte> bytes);

    /// <summary>A serial port.</summary>
    public static ConsoleInput Of(ISerialPort serial)
    {
        ArgumentNullException.ThrowIfNull(serial);
        ConsoleInput input = new(serial.Receive);
        serial.RoomAvailable += input.NoteRoom;
        return input;
    }

    /// <summary>A port of a virtio console.</summary>
    public static ConsoleInput Of(VirtioConsole console, int port)
    {
        ArgumentNullException.ThrowIfNull(console);
        ConsoleInput input = new(bytes => console.Receive(port, bytes));
        console.RoomAvailable += number =>
        {
            if (number == port)
            {
                input.NoteRoom();
            }
        };
        return input;
    }

    /// <summary>Gives the guest bytes, as fast as it takes them.</summary>
    /// <param name="bytes">All of them.</param>
    /// <param name="patience">How long the guest may take none.</param>
    public void Give(ReadOnlySpan<byte> bytes, TimeSpan patience)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[receive(bytes)..];
            if (!bytes.IsEmpty && !WaitForRoom(patience))
            {
                return;
            }
        }
    }

    // On a thread of the guest's: only says so.
    private void NoteRoom()
    {
        lock (gate)
        {
            hasRoom = true;
            Monitor.PulseAll(gate);
        }
    }

    private bool WaitForRoom(TimeSpan patience)
    {
        lock (gate)
        {
            while (!hasRoom)
            {
                if (!Monitor.Wait(gate, patience))
                {
                    return false;
                }
            }

            hasRoom = false;
            return true;
        }
    }
}
