using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Something that happens to a device on the host: a key, a second, an answer.</summary>
internal delegate void HostEvent(FuzzScript script);

/// <summary>A device as a machine has it.</summary>
/// <param name="Host">What is around it.</param>
/// <param name="Ranges">What the guest reaches of it, and how large each is.</param>
internal sealed record DeviceRig(Host Host, params (IBusDevice Device, ulong Size)[] Ranges)
{
    /// <summary>Its state, where it has some.</summary>
    public IDeviceState? State { get; init; }

    /// <summary>What else may happen to it.</summary>
    public HostEvent? Event { get; init; }
}
