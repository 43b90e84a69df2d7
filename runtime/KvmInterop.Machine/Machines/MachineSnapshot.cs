using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// A machine in a folder: what it is made of, its devices (<c>devices.bin</c>), and in <c>vm</c> what KVM has of it
/// and its memory (<see cref="VmSnapshot"/>).
/// </summary>
/// <remarks>
/// Made by <see cref="VirtualMachine.Save"/>. Everything in the folder is judged before it is used, so it may
/// come from anybody; what runs in the machine afterwards is then anybody's, too. Immutable.
/// </remarks>
public abstract class MachineSnapshot
{
    private const int MostDevices = 64;
    private const int MostNameBytes = 64;
    private const int MostStateBytes = 16 << 20;

    private readonly Dictionary<string, byte[]> devices;

    private protected MachineSnapshot(string folder, Dictionary<string, byte[]> devices)
    {
        this.devices = devices;
        Vm = VmSnapshot.Open(Path.Combine(folder, MachineFolder.Vm));
    }

    /// <summary>The state of vCPUs and chips, and memory.</summary>
    public VmSnapshot Vm { get; }

    /// <summary>The names of the devices whose state is there.</summary>
    public IReadOnlyCollection<string> Devices => devices.Keys;

    /// <summary>The state of a device.</summary>
    internal byte[] StateOf(string name) => devices.TryGetValue(name, out byte[]? state)
        ? state
        : throw new StateException(
            $"the machine has a device '{name}', and the snapshot none; give it the devices that it had: "
            + string.Join(", ", devices.Keys));

    /// <summary>Adds the devices behind what the machine is made of.</summary>
    private protected static byte[] Write(
        DeviceStateWriter writer, IReadOnlyList<(string Name, IDeviceState Device)> devices)
    {
        writer.Add((uint)devices.Count);
        foreach ((string name, IDeviceState device) in devices)
        {
            writer.Add(Encoding.UTF8.GetBytes(name));
            writer.Add(device.Save());
        }

        return writer.ToArray();
    }

    /// <summary>Reads the devices, which are the rest of the file.</summary>
    private protected static Dictionary<string, byte[]> ReadDevices(scoped ref DeviceStateReader reader)
    {
        uint count = reader.NextUInt32();
        if (count > MostDevices)
        {
            throw reader.Damaged($"no machine has {count} devices");
        }

        Dictionary<string, byte[]> devices = new(StringComparer.Ordinal);
        for (uint i = 0; i < count; i++)
        {
            string name = Encoding.UTF8.GetString(reader.NextBytes(MostNameBytes));
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
        return devices;
    }
}
