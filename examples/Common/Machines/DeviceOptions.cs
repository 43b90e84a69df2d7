using System.CommandLine;

namespace KvmInterop.Examples.Machines;

/// <summary>The devices on the command line. Disks, cards and folders may be given several times.</summary>
public static class DeviceOptions
{
    /// <summary><c>--disk FILE</c>.</summary>
    public static Option<string[]> Disk { get; } = new("--disk")
    {
        Description = "A disk: FILE[,ro][,overlay], overlay for changes that are gone in the end, or "
            + "overlay=FILE to keep them there",
        HelpName = "file",
    };

    /// <summary><c>--net CABLE</c>.</summary>
    public static Option<string[]> Net { get; } = new("--net")
    {
        Description = "A network card: tap=NAME, or socket=PATH, at which the first of two machines waits for "
            + "the other; ,mac=ADDRESS",
        HelpName = "cable",
    };

    /// <summary><c>--share DIR</c>.</summary>
    public static Option<string[]> Share { get; } = new("--share")
    {
        Description = "A folder for the guest: DIR[,ro][,tag=NAME]; mount -t 9p -o trans=virtio NAME /mnt",
        HelpName = "dir",
    };

    /// <summary><c>--vsock PATH</c>.</summary>
    public static Option<string?> Vsock { get; } = new("--vsock")
    {
        Description = "Sockets between guest and host: PATH[,cid=N], a Unix socket for CONNECT; PATH_PORT for "
            + "what the guest connects to",
        HelpName = "path",
    };

    /// <summary><c>--balloon SIZE</c>.</summary>
    public static Option<string?> Balloon { get; } = new("--balloon")
    {
        Description = "Take memory from the guest: SIZE, as for --memory, or 0 to begin with none; ,control=PATH, a "
            + "Unix socket that takes 'target SIZE' and 'stats'",
        HelpName = "size",
    };

    /// <summary><c>--port NAME,WHERE</c>.</summary>
    public static Option<string[]> Port { get; } = new("--port")
    {
        Description = "A channel to a program of the guest (/sys/class/virtio-ports): NAME,pty or NAME,file=PATH",
        HelpName = "name",
    };

    /// <summary><c>--rng</c>.</summary>
    public static Option<bool> Rng { get; } = new("--rng")
    {
        Description = "Random bytes of the host",
    };

    /// <summary>What is wrong with the number of virtio devices; null if nothing is.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="most">How many a machine can have.</param>
    /// <param name="place">Where, as a part of a sentence.</param>
    public static string? CheckCount(ParseResult options, int most, string place)
    {
        int devices = Count(options);
        return devices > most
            ? $"{devices} virtio devices are asked for, and a machine has at most {most} {place}"
            : null;
    }

    private static int Count(ParseResult options)
    {
        int several = ((Option<string[]>[])[Disk, Net, Share]).Sum(option => options.GetValue(option)?.Length ?? 0);
        Option<string?>[] single = [Vsock, Balloon, MachineOptions.Console];
        return several + single.Count(option => options.GetValue(option) is not null)
            + (options.GetValue(Rng) ? 1 : 0)
            + (options.GetValue(Port) is { Length: > 0 } ? 1 : 0); // All ports are one device.
    }
}
