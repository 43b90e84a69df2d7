namespace KvmInterop;

/// <summary>A device on a <see cref="PioBus"/> or an <see cref="MmioBus"/>: registers at offsets.</summary>
/// <remarks>
/// A device knows where in itself an access falls, not where on the bus it sits. The guest chooses offset,
/// length and data: every offset from 0 to the size it was registered with minus 1, and any length of 1 to 8
/// that ends inside, must be taken without an exception. Called on the thread of the vCPU that made the
/// access, by several at a time if the VM has several: how to lock is the device's choice, the bus takes
/// none.
/// </remarks>
public interface IBusDevice
{
    /// <summary>The guest reads.</summary>
    /// <param name="offset">The first byte, from the start of the device.</param>
    /// <param name="data">To be filled completely; what it holds at first means nothing.</param>
    void Read(ulong offset, Span<byte> data);

    /// <summary>The guest writes.</summary>
    /// <param name="offset">The first byte, from the start of the device.</param>
    /// <param name="data">What the guest wrote, in the guest's byte order.</param>
    void Write(ulong offset, ReadOnlySpan<byte> data);
}
