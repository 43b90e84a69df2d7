namespace KvmInterop.Machine.Devices;

/// <summary>The host's end of a serial port: what a guest is sent by it, whichever UART it has.</summary>
/// <remarks>Any thread may call all members.</remarks>
public interface ISerialPort
{
    /// <summary>
    /// Called when <see cref="Receive"/> had to leave bytes and there is room now. Once each time; not under
    /// the device's lock.
    /// </summary>
    /// <remarks>Usually on a vCPU's thread: hand it on, as by <see cref="EventFd.Signal"/>, and do no I/O.
    /// </remarks>
    event Action? RoomAvailable;

    /// <summary>Gives the guest characters.</summary>
    /// <remarks>
    /// None is lost: up to 16 go to the UART's FIFO, others wait beyond it for as long as there is room. In
    /// loop-back all wait, the line being cut off.
    /// </remarks>
    /// <param name="data">The characters.</param>
    /// <returns>How many were taken. Keep the rest until <see cref="RoomAvailable"/>.</returns>
    int Receive(ReadOnlySpan<byte> data);

    /// <summary>A break: the line is held low for longer than a character. Linux takes it as SysRq.</summary>
    /// <returns>Whether it was taken; not where the receiver is full or in loop-back.</returns>
    bool ReceiveBreak();
}
