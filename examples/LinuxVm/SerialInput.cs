using KvmInterop.Machine.Devices;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>Reads bytes and gives them to a serial port, as fast as the guest takes them.</summary>
internal sealed class SerialInput : IDisposable
{
    private readonly Stream input;
    private readonly Serial16550 serial;
    private readonly AutoResetEvent hasRoom = new(false);

    public SerialInput(Stream input, Serial16550 serial)
    {
        this.input = input;
        this.serial = serial;
        serial.RoomAvailable += () => hasRoom.Set();
    }

    /// <summary>Until the end of the input.</summary>
    public void Run()
    {
        byte[] buffer = new byte[256];
        while (Read(buffer) is int length and > 0)
        {
            for (int sent = 0; sent < length;)
            {
                sent += serial.Receive(buffer.AsSpan(sent, length - sent));
                if (sent < length)
                {
                    hasRoom.WaitOne();
                }
            }
        }
    }

    public void Dispose() => hasRoom.Dispose();

    private int Read(byte[] buffer)
    {
        try
        {
            return input.Read(buffer);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return 0; // The other end is gone.
        }
    }
}
