using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>What a <see cref="PcMachine"/> is made of.</summary>
public sealed record PcMachineOptions
{
    /// <summary>Bytes of memory: whole pages, 1 MiB or more.</summary>
    public ulong MemorySize { get; init; } = 256 << 20;

    /// <summary>What memory is made of; null for anonymous memory.</summary>
    public GuestMemoryOptions? Memory { get; init; }

    /// <summary>How many vCPUs, 1 to <see cref="PcCpu.MostCpus"/>.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Where COM1's output goes. The machine does not dispose it.</summary>
    public IByteOutput? SerialOutput { get; init; }

    /// <summary>
    /// Whether the kernel emulates an 8254 timer. Linux with ACPI and the deadline timer does without it;
    /// firmware and small kernels do not.
    /// </summary>
    public bool HasPit { get; init; } = true;

    /// <summary>Whether there are tables of ACPI, which Linux needs for more than one vCPU.</summary>
    public bool HasAcpi { get; init; } = true;

    /// <summary>Whether there is a PCI bus, with a host bridge that firmware looks for.</summary>
    public bool HasPci { get; init; } = true;

    /// <summary>Where virtio devices are; on PCI only if <see cref="HasPci"/>.</summary>
    public VirtioBus VirtioBus { get; init; } = VirtioBus.Pci;

    /// <summary>
    /// Whether interrupt controllers, timer, keyboard controller and the BIOS's data are as a PC's BIOS leaves them,
    /// and a BIOS's interrupts are served. Small kernels count on it, Linux does not, and firmware does it itself.
    /// </summary>
    /// <remarks>Is of the start only, so a snapshot does not have it.</remarks>
    public bool HasBiosState { get; init; }

    /// <summary>
    /// Whether a panic of Linux that appears on COM1 ends the machine, or makes the reset that follows it a
    /// <see cref="MachineOutcome.Panic"/>.
    /// </summary>
    public bool WatchesForPanic { get; init; } = true;

    /// <summary>
    /// Whether a guest can end the machine with a result, at port 0xf4: <see cref="MachineOutcome.GuestExit"/>.
    /// </summary>
    public bool HasDebugExit { get; init; }

    /// <summary>Whether firmware can ask the machine what it has, <see cref="PcMachine.FirmwareConfig"/>.
    /// </summary>
    public bool HasFirmwareConfig { get; init; }

    /// <summary>Where goes what firmware prints at ports 0x402 (SeaBIOS, OVMF) and 0xe9 (Bochs); null for
    /// no such ports. The machine does not dispose it.</summary>
    public IByteOutput? DebugOutput { get; init; }
}
