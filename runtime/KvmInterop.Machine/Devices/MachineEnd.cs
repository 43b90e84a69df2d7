namespace KvmInterop.Machine.Devices;

/// <summary>How a guest has ended its machine through a device.</summary>
/// <param name="Device">Which device it used, for people: <c>i8042</c>, <c>port 0xcf9</c>.</param>
public abstract record MachineEnd(string Device)
{
    /// <summary>It has switched the machine off.</summary>
    /// <param name="Device">Which device it used.</param>
    public sealed record PowerOff(string Device) : MachineEnd(Device);

    /// <summary>It wants to start again.</summary>
    /// <param name="Device">Which device it used.</param>
    public sealed record Reset(string Device) : MachineEnd(Device);

    /// <summary>It is done, with a result: test programs do that.</summary>
    /// <param name="Device">Which device it used.</param>
    /// <param name="Status">What the host's program shall exit with, 1 to 255 by convention odd.</param>
    public sealed record DebugExit(string Device, int Status) : MachineEnd(Device);
}
