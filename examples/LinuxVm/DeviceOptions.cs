using System.CommandLine;

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

    public static Option<bool> Rng { get; } = new("--rng")
    {
        Description = "Random bytes of the host",
    };
}
