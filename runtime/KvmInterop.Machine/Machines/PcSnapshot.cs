using System.Runtime.InteropServices;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// A PC in a folder: what it is made of, its devices (<c>devices.bin</c>), and in <c>vm</c> what KVM has of it and
/// its memory (<see cref="VmSnapshot"/>).
/// </summary>
/// <remarks>
/// Made by <see cref="PcMachine.Save"/>. Everything in the folder is judged before it is used, so it may come
/// from anybody; what runs in the machine afterwards is then anybody's, too. Immutable.
/// </remarks>
public sealed class PcSnapshot
{
    internal const string DevicesFile = "devices.bin";
    internal const string VmFolder = "vm";

    private const string Kind = "pc-machine";
    private const ushort Version = 2;
    private const int MostDevices = 64;
    private const int MostNameBytes = 64;
    private const int MostStateBytes = 16 << 20;
    private const long MostFileBytes = 1L << 30;

    private readonly Dictionary<string, byte[]> devices;

    private PcSnapshot(VmSnapshot vm, PcMachineOptions options, Dictionary<string, byte[]> devices)
    {
        Vm = vm;
        Options = options;
        this.devices = devices;
    }

    /// <summary>The state of vCPUs and chips, and memory.</summary>
    public VmSnapshot Vm { get; }

    /// <summary>
    /// What the machine was made of. For the one that goes on, set what belongs to this process with
    /// <c>with</c>: output, the kind of memory.
    /// </summary>
    public PcMachineOptions Options { get; }

    /// <summary>The names of the devices whose state is there.</summary>
    public IReadOnlyCollection<string> Devices => devices.Keys;

    /// <summary>Reads and checks one.</summary>
    /// <exception cref="StateException">It is none, or damaged, or of another version or
    /// architecture.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static PcSnapshot Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, DevicesFile);
        if (!File.Exists(path))
        {
            throw new StateException(
                Directory.Exists(folder)
                    ? $"{folder} is no snapshot of a machine: it has no {DevicesFile}"
                    : $"there is no snapshot {folder}");
        }

        (PcMachineOptions options, Dictionary<string, byte[]> devices) = Parse(ReadFile(path));
        return new PcSnapshot(VmSnapshot.Open(Path.Combine(folder, VmFolder)), options, devices);
    }

    /// <summary>The state of a device.</summary>
    internal byte[] StateOf(string name) => devices.TryGetValue(name, out byte[]? state)
        ? state
        : throw new StateException(
            $"the machine has a device '{name}', and the snapshot none; give it the devices that it had: "
            + string.Join(", ", devices.Keys));

    /// <summary>What <see cref="Open"/> reads.</summary>
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
        writer.Add((uint)devices.Count);
        foreach ((string name, IDeviceState device) in devices)
        {
            writer.Add(System.Text.Encoding.UTF8.GetBytes(name));
            writer.Add(device.Save());
        }

        return writer.ToArray();
    }

    // No link, no pipe for whose other end one would wait, no device that never ends: the folder may come from
    // anybody.
    private static byte[] ReadFile(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new StateException($"{path} is a symbolic link, which no file of a snapshot is");
        }

        using SafeFileHandle file =
            VirtioLibc.Open(path, VirtioLibc.OpenNonBlocking | VirtioLibc.OpenCloseOnExec);
        if (file.IsInvalid)
        {
            throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            long length = RandomAccess.GetLength(file);
            if (length > MostFileBytes)
            {
                throw new StateException($"{path} is larger than what the devices of a machine can have");
            }

            byte[] bytes = new byte[length];
            int read = RandomAccess.Read(file, bytes, 0);
            return bytes[..read];
        }
        catch (NotSupportedException e)
        {
            throw new StateException($"{path} is no regular file, as those of a snapshot are", e);
        }
    }

    /// <summary>What <see cref="Write"/> wrote.</summary>
    /// <exception cref="StateException">It is damaged, or of a machine that cannot be.</exception>
    internal static (PcMachineOptions Options, Dictionary<string, byte[]> Devices) Parse(
        ReadOnlySpan<byte> bytes)
    {
        DeviceStateReader reader = new(bytes, Kind, Version);
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
        if (options.Cpus is < 1 or > Cpu.PcCpu.MostCpus
            || options.MemorySize is < PcMemoryLayout.LeastSize or > PcMemoryLayout.MostSize
            || options.MemorySize % PcMemoryLayout.PageSize != 0)
        {
            throw reader.Damaged($"no machine has {options.Cpus} vCPUs and {options.MemorySize:#,0} bytes of memory");
        }

        if (!Enum.IsDefined(options.VirtioBus))
        {
            throw reader.Damaged($"its virtio devices are on a bus {(byte)options.VirtioBus} that no machine has");
        }

        uint count = reader.NextUInt32();
        if (count > MostDevices)
        {
            throw reader.Damaged($"no machine has {count} devices");
        }

        Dictionary<string, byte[]> devices = new(StringComparer.Ordinal);
        for (uint i = 0; i < count; i++)
        {
            string name = System.Text.Encoding.UTF8.GetString(reader.NextBytes(MostNameBytes));
            if (name.Any(char.IsControl))
            {
                throw reader.Damaged("a device's name has control characters");
            }

            if (!devices.TryAdd(name, reader.NextBytes(MostStateBytes).ToArray()))
            {
                throw reader.Damaged("it has one device twice");
            }
        }

        reader.End();
        return (options, devices);
    }
}
