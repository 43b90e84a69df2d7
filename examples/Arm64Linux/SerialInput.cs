using KvmInterop.Machine.Devices;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>Reads what is typed and gives it to a serial port, as fast as the guest takes it.</summary>
internal sealed class SerialInput
{
    private readonly Stream input;
    private readonly Pl011 serial;
    private readonly object hasRoom = new();
    private bool isRoomNew;

    private SerialInput(Stream input, Pl011 serial)
    {
        this.input = input;
        this.serial = serial;
        serial.RoomAvailable += () =>
        {
            lock (hasRoom)
            {
                isRoomNew = true;
                Monitor.Pulse(hasRoom);
            }
        };
    }

    /// <summary>Begins, on a thread that ends with the input or the process.</summary>
    public static void Start(Stream input, Pl011 serial) =>
        new Thread(new SerialInput(input, serial).Run) { IsBackground = true, Name = "input" }.Start();

    private void Run()
    {
        byte[] buffer = new byte[256];
        while (input.Read(buffer) is int length and > 0)
        {
            for (int sent = serial.Receive(buffer.AsSpan(0, length)); sent < length;)
            {
                WaitForRoom();
                sent += serial.Receive(buffer.AsSpan(sent, length - sent));
            }
        }
    }

    private void WaitForRoom()
    {
        lock (hasRoom)
        {
            while (!isRoomNew)
            {
                Monitor.Wait(hasRoom);
            }

            isRoomNew = false;
        }
    }
}
