using System.CommandLine;
using System.CommandLine.Parsing;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>The devices on the command line. Disks, cards and folders may be given several times.</summary>
internal static class DeviceOptions
{
    public static Option<string[]> Disk { get; } = new("--disk")
    {
        Description = "A disk: FILE[,ro][,overlay], overlay for changes that are gone in the end, or "
            + "overlay=FILE to keep them there",
        HelpName = "file",
    };

    public static Option<string[]> Net { get; } = new("--net")
    {
        Description = "A network card: tap=NAME, or socket=PATH, at which the first of two machines waits for "
            + "the other; ,mac=ADDRESS",
        HelpName = "cable",
    };

    public static Option<string[]> Share { get; } = new("--share")
    {
        Description = "A folder for the guest: DIR[,ro][,tag=NAME]; mount -t 9p -o trans=virtio NAME /mnt",
        HelpName = "dir",
    };

    public static Option<string?> Vsock { get; } = new("--vsock")
    {
        Description = "Sockets between guest and host: PATH[,cid=N], a Unix socket for CONNECT; PATH_PORT for "
            + "what the guest connects to",
        HelpName = "path",
    };

    public static Option<string?> Balloon { get; } = new("--balloon")
    {
        Description = "Take memory from the guest: SIZE, as for --memory, or 0 to begin with none; ,control=PATH, a "
            + "Unix socket that takes 'target SIZE' and 'stats'",
        HelpName = "size",
    };

    public static Option<string[]> Port { get; } = new("--port")
    {
        Description = "A channel to a program of the guest (/sys/class/virtio-ports): NAME,pty or NAME,file=PATH",
        HelpName = "name",
    };

    public static Option<bool> Rng { get; } = new("--rng")
    {
        Description = "Random bytes of the host",
    };

    public static Option<VirtioBus?> Virtio { get; } = new("--virtio")
    {
        Description = "Where these devices are: pci, or mmio for kernels that look for them by ACPI "
            + "[default: pci, or as in the snapshot]",
        HelpName = "bus",
        CustomParser = ParseBus,
    };

    /// <summary>The word for a bus.</summary>
    public static string WordOf(VirtioBus bus) => bus == VirtioBus.Pci ? "pci" : "mmio";

    /// <summary>What is wrong with the number of devices on a bus; null if nothing is.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public static string? CheckCount(ParseResult options, VirtioBus bus)
    {
        int devices = Count(options);
        int most = PcMachine.MostVirtioDevicesOn(bus);
        return devices > most
            ? $"{devices} virtio devices are asked for, and a machine has at most {most} on {WordOf(bus)}"
            : null;
    }

    private static int Count(ParseResult options)
    {
        int several = ((Option<string[]>[])[Disk, Net, Share]).Sum(option => options.GetValue(option)?.Length ?? 0);
        return several + (options.GetValue(Vsock) is null ? 0 : 1) + (options.GetValue(Options.Console) is null ? 0 : 1)
            + (options.GetValue(Rng) ? 1 : 0);
    }

    private static VirtioBus? ParseBus(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach (VirtioBus bus in (VirtioBus[])[VirtioBus.Pci, VirtioBus.Mmio])
        {
            if (text == WordOf(bus))
            {
                return bus;
            }
        }

        result.AddError($"--virtio takes pci or mmio, not '{text}'.");
        return null;
    }
}
