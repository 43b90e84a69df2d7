using KvmInterop.Machine.Devices;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>Reads bytes and gives them to a serial port, as fast as the guest takes them.</summary>
/// <param name="input">Read to its end.</param>
/// <param name="serial">Gets them.</param>
/// <param name="keys">Takes commands out of them; null where nobody types.</param>
internal sealed class SerialInput(Stream input, Serial16550 serial, EscapeKeys? keys)
{
    // Longer than any guest that is alive leaves what is typed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly object gate = new();
    private bool hasRoom;

    /// <summary>Begins, on a thread that ends with the process.</summary>
    public void Start()
    {
        serial.RoomAvailable += NoteRoom;
        new Thread(Run) { IsBackground = true, Name = "input" }.Start();
    }

    private void Run()
    {
        byte[] buffer = new byte[256];
        while (Read(buffer) is int length and > 0)
        {
            Give(buffer.AsSpan(0, keys?.Filter(buffer.AsSpan(0, length)) ?? length));
        }
    }

    // Keys that are not for the guest must be seen even if it takes nothing: so what it leaves for long is lost.
    private void Give(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[serial.Receive(bytes)..];
            if (!bytes.IsEmpty && !WaitForRoom())
            {
                return;
            }
        }
    }

    private void NoteRoom()
    {
        lock (gate)
        {
            hasRoom = true;
            Monitor.PulseAll(gate);
        }
    }

    private bool WaitForRoom()
    {
        lock (gate)
        {
            while (!hasRoom)
            {
                if (!Monitor.Wait(gate, keys is null ? Timeout.InfiniteTimeSpan : Patience))
                {
                    return false;
                }
            }

            hasRoom = false;
            return true;
        }
    }

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
