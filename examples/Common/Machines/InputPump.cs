namespace KvmInterop.Examples.Machines;

/// <summary>Reads what is typed and gives it to the guest, on a thread that ends with the process.</summary>
/// <param name="stream">Read to its end.</param>
/// <param name="guest">Gets it.</param>
/// <param name="keys">Takes commands out of it; null where nobody types.</param>
public sealed class InputPump(Stream stream, ConsoleInput guest, EscapeKeys? keys)
{
    // Keys that are not for the guest must be seen even if it takes nothing: so what it leaves for long is lost.
    private readonly TimeSpan patience = keys is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1);

    /// <summary>Begins.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "input" }.Start();

    private void Run()
    {
        byte[] buffer = new byte[256];
        while (Read(buffer) is int length and > 0)
        {
            guest.Give(buffer.AsSpan(0, keys?.Filter(buffer.AsSpan(0, length)) ?? length), patience);
        }
    }

    private int Read(byte[] buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return 0; // The other end is gone.
        }
    }
}
