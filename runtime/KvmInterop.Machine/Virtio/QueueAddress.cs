namespace KvmInterop.Machine.Virtio;

/// <summary>The three addresses of a queue, which transports have as pairs of 32-bit registers.</summary>
internal static class QueueAddress
{
    /// <summary>What a write to one of the six registers does; null if it is none of them.</summary>
    /// <param name="offset">Of the register.</param>
    /// <param name="table">Of the low half of the descriptor table's address; the high half follows.</param>
    /// <param name="driver">Of the driver area's.</param>
    /// <param name="device">Of the device area's.</param>
    internal static VirtioDevice.QueueChange? ChangeAt(ulong offset, ulong table, ulong driver, ulong device) =>
        offset == table ? static (queue, value) => queue.DescriptorTable = WithLow(queue.DescriptorTable, value)
        : offset == table + 4 ? static (queue, value) => queue.DescriptorTable = WithHigh(queue.DescriptorTable, value)
        : offset == driver ? static (queue, value) => queue.DriverArea = WithLow(queue.DriverArea, value)
        : offset == driver + 4 ? static (queue, value) => queue.DriverArea = WithHigh(queue.DriverArea, value)
        : offset == device ? static (queue, value) => queue.DeviceArea = WithLow(queue.DeviceArea, value)
        : offset == device + 4 ? static (queue, value) => queue.DeviceArea = WithHigh(queue.DeviceArea, value)
        : null;

    private static ulong WithLow(ulong address, ulong low) => (address & ~(ulong)uint.MaxValue) | low;

    private static ulong WithHigh(ulong address, ulong high) => (address & uint.MaxValue) | (high << 32);
}
