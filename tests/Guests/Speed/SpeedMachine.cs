namespace KvmInterop.Tests.Guests.Speed;

/// <summary>A program that runs the guest of the lab, with a disk or on a cable.</summary>
/// <param name="Name">What the report calls it.</param>
internal abstract record SpeedMachine(string Name)
{
    private const string QemuVariable = "KVMINTEROP_QEMU";
    private static readonly string Qemu = Environment.GetEnvironmentVariable(QemuVariable) ?? "qemu-system-x86_64";

    /// <summary>LinuxVm on both buses, QEMU's machine without PCI, and its PC.</summary>
    public static IReadOnlyList<SpeedMachine> All { get; } =
    [
        new LinuxVmMachine("LinuxVm mmio", ["--virtio", "mmio"]),
        new LinuxVmMachine("LinuxVm pci", ["--virtio", "pci"]),
        new QemuMachine("microvm", "microvm", "virtio-blk-device", "virtio-net-device"),
        new QemuMachine("q35", "q35", "virtio-blk-pci", "virtio-net-pci,romfile="),
    ];

    /// <summary>Starts it with a disk.</summary>
    /// <param name="does">What the guest does (tests/guest-lab/guest/init).</param>
    /// <param name="path">The disk's file.</param>
    public abstract VmProcess StartWithDisk(string does, string path);

    /// <summary>Starts it at an end of a cable; the first one makes the socket.</summary>
    /// <inheritdoc cref="StartWithDisk"/>
    public abstract VmProcess StartOnCable(string does, string path, bool isFirst);

    private sealed record LinuxVmMachine(string Name, string[] Options) : SpeedMachine(Name)
    {
        public override VmProcess StartWithDisk(string does, string path) =>
            LinuxVm.Boot(does, [.. Options, "--disk", path]);

        public override VmProcess StartOnCable(string does, string path, bool isFirst) =>
            LinuxVm.Boot(does, [.. Options, "--net", $"socket={path}"]);
    }

    // The host's cache is used, as LinuxVm does (cache=writeback), and an own thread serves the disk, as there.
    private sealed record QemuMachine(string Name, string Machine, string Disk, string Card) : SpeedMachine(Name)
    {
        public override VmProcess StartWithDisk(string does, string path) => Start(
            does,
            "-object", "iothread,id=io",
            "-drive", $"if=none,id=disk,file={path},format=raw,cache=writeback,aio=threads",
            "-device", $"{Disk},drive=disk,iothread=io");

        public override VmProcess StartOnCable(string does, string path, bool isFirst) => Start(
            does,
            "-netdev", $"stream,id=cable,server={(isFirst ? "on" : "off")},addr.type=unix,addr.path={path}",
            "-device", $"{Card},netdev=cable,mac=52:54:00:00:00:0{(isFirst ? 1 : 2)}");

        // Legacy registers are virtio-mmio's default there; the guest's driver then has no event index either.
        private VmProcess Start(string does, params string[] devices) => new(
            Qemu,
            [
                "-accel", "kvm", "-M", Machine, "-cpu", "host", "-m", "256", "-nodefaults", "-display", "none",
                "-no-reboot", "-serial", "stdio", "-global", "virtio-mmio.force-legacy=false",
                "-kernel", GuestFiles.Kernel, "-initrd", GuestFiles.Initrd,
                "-append", $"console=ttyS0 quiet panic=-1 -- {does}", .. devices,
            ]);
    }
}
