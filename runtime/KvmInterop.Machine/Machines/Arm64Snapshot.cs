using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>An arm64 machine in a folder.</summary>
/// <inheritdoc/>
public sealed class Arm64Snapshot : MachineSnapshot
{
    private const string Kind = "arm64-machine";
    private const ushort Version = 1;

    private Arm64Snapshot(string folder, Arm64MachineOptions options, Dictionary<string, byte[]> devices)
        : base(folder, devices)
    {
        Options = options;
        if (Vm.Regions is not [{ Address: Arm64MemoryLayout.Start } memory] || memory.Size != options.MemorySize)
        {
            throw new StateException(
                $"the snapshot {folder} has other memory than the {options.MemorySize:#,0} bytes from "
                + $"0x{Arm64MemoryLayout.Start:x} on that its machine had: its parts are of different machines");
        }
    }

    /// <summary>
    /// What the machine was made of. For the one that goes on, set what belongs to this process with
    /// <c>with</c>: output, the kind of memory.
    /// </summary>
    public Arm64MachineOptions Options { get; }

    /// <summary>Reads and checks one.</summary>
    /// <exception cref="StateException">It is none, or damaged, or of another version or
    /// architecture.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Arm64Snapshot Open(string folder)
    {
        (Arm64MachineOptions options, Dictionary<string, byte[]> devices) = Parse(MachineFolder.ReadDevices(folder));
        return new Arm64Snapshot(folder, options, devices);
    }

    /// <summary>Reads the file of devices.</summary>
    /// <exception cref="StateException">It is damaged, or of a machine that cannot be.</exception>
    internal static (Arm64MachineOptions Options, Dictionary<string, byte[]> Devices) Parse(ReadOnlySpan<byte> bytes)
    {
        DeviceStateReader reader = new(bytes, Kind, Version);
        Arm64MachineOptions options = ReadOptions(ref reader);
        return (options, ReadDevices(ref reader));
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    internal static byte[] Write(Arm64MachineOptions options, IReadOnlyList<(string Name, IDeviceState Device)> devices)
    {
        DeviceStateWriter writer = new(Kind, Version);
        writer.Add(options.MemorySize);
        writer.Add((uint)options.Cpus);
        return Write(writer, devices);
    }

    private static Arm64MachineOptions ReadOptions(scoped ref DeviceStateReader reader)
    {
        Arm64MachineOptions options = new()
        {
            MemorySize = reader.NextUInt64(),
            Cpus = (int)Math.Min(reader.NextUInt32(), int.MaxValue),
        };
        return options.Cpus is >= 1 and <= Arm64MachineOptions.MostCpus
            && Arm64MemoryLayout.IsSize(options.MemorySize)
                ? options
                : throw reader.Damaged(
                    $"no machine has {options.Cpus} vCPUs and {options.MemorySize:#,0} bytes of memory");
    }
}
