using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>A PC in a folder.</summary>
/// <inheritdoc/>
public sealed class PcSnapshot : MachineSnapshot
{
    private const string Kind = "pc-machine";
    private const ushort Version = 2;

    private PcSnapshot(string folder, PcMachineOptions options, Dictionary<string, byte[]> devices)
        : base(folder, devices) => Options = options;

    /// <summary>
    /// What the machine was made of. For the one that goes on, set what belongs to this process with
    /// <c>with</c>: output, the kind of memory.
    /// </summary>
    public PcMachineOptions Options { get; }

    /// <summary>Reads and checks one.</summary>
    /// <exception cref="StateException">It is none, or damaged, or of another version or
    /// architecture.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static PcSnapshot Open(string folder)
    {
        (PcMachineOptions options, Dictionary<string, byte[]> devices) = Parse(MachineFolder.ReadDevices(folder));
        return new PcSnapshot(folder, options, devices);
    }

    /// <summary>Reads the file of devices.</summary>
    /// <exception cref="StateException">It is damaged, or of a machine that cannot be.</exception>
    internal static (PcMachineOptions Options, Dictionary<string, byte[]> Devices) Parse(ReadOnlySpan<byte> bytes)
    {
        DeviceStateReader reader = new(bytes, Kind, Version);
        PcMachineOptions options = ReadOptions(ref reader);
        return (options, ReadDevices(ref reader));
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    internal static byte[] Write(PcMachineOptions options, IReadOnlyList<(string Name, IDeviceState Device)> devices)
    {
        DeviceStateWriter writer = new(Kind, Version);
        writer.Add(options.MemorySize);
        writer.Add((uint)options.Cpus);
        writer.Add(options.HasPit);
        writer.Add(options.HasAcpi);
        writer.Add(options.HasPci);
        writer.Add((byte)options.VirtioBus);
        writer.Add(options.HasDebugExit);
        writer.Add(options.HasFirmwareConfig);
        return Write(writer, devices);
    }

    private static PcMachineOptions ReadOptions(scoped ref DeviceStateReader reader)
    {
        PcMachineOptions options = new()
        {
            MemorySize = reader.NextUInt64(),
            Cpus = (int)Math.Min(reader.NextUInt32(), int.MaxValue),
            HasPit = reader.NextBoolean(),
            HasAcpi = reader.NextBoolean(),
            HasPci = reader.NextBoolean(),
            VirtioBus = (VirtioBus)reader.NextByte(),
            HasDebugExit = reader.NextBoolean(),
            HasFirmwareConfig = reader.NextBoolean(),
        };
        if (!Enum.IsDefined(options.VirtioBus))
        {
            throw reader.Damaged($"its virtio devices are on a bus {(byte)options.VirtioBus} that no machine has");
        }

        return options.Cpus is >= 1 and <= PcCpu.MostCpus
            && options.MemorySize is >= PcMemoryLayout.LeastSize and <= PcMemoryLayout.MostSize
            && options.MemorySize % PcMemoryLayout.PageSize == 0
                ? options
                : throw reader.Damaged(
                    $"no machine has {options.Cpus} vCPUs and {options.MemorySize:#,0} bytes of memory");
    }
}
