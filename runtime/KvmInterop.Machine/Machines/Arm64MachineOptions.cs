using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>What an <see cref="Arm64Machine"/> is made of.</summary>
public sealed record Arm64MachineOptions
{
    /// <summary>How many vCPUs there may be: as many as their redistributors have room.</summary>
    public const int MostCpus = Arm64Addresses.MostCpus;

    /// <summary>How many virtio devices there may be.</summary>
    public const int MostVirtioDevices = Arm64Addresses.MostVirtioDevices;

    /// <summary>Bytes of memory, a multiple of 2 MiB.</summary>
    public ulong MemorySize { get; init; } = 256 << 20;

    /// <summary>What memory is made of; null for anonymous memory.</summary>
    public GuestMemoryOptions? Memory { get; init; }

    /// <summary>How many vCPUs, 1 to <see cref="MostCpus"/>.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Where the serial port's output goes. The machine does not dispose it.</summary>
    public IByteOutput? SerialOutput { get; init; }

    /// <summary>
    /// Whether a panic of Linux that appears on the serial port ends the machine, or makes the reset that
    /// follows it a <see cref="MachineOutcome.Panic"/>.
    /// </summary>
    public bool WatchesForPanic { get; init; } = true;
}
