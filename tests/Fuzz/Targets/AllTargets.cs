namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>All that is fuzzed, by name.</summary>
internal static class AllTargets
{
    private static readonly (string Name, Func<string, FuzzTarget> Make)[] All =
    [
        ("bzImage", Loaders.BzImage),
        ("vmlinux", Loaders.Vmlinux),
        ("multiboot", Loaders.Multiboot),
        ("firmware", Loaders.Firmware),
        ("raw-image", Loaders.Raw),
        ("image-kind", Loaders.Detection),
        ("arm64-image", Loaders.Arm64),
        Device("serial-16550", Devices.Serial16550),
        Device("cmos-rtc", Devices.CmosRtc),
        Device("i8042", Devices.I8042),
        Device("ports", Devices.Ports),
        Device("fw-cfg", Devices.FirmwareConfig),
        Device("pl011", Devices.Pl011),
        Device("pl031", Devices.Pl031),
        Device("pci", PciDevices.Make),
        ("virtio-rng", VirtioDevices.Rng),
        ("virtio-block", VirtioDevices.Block),
        ("virtio-block-overlay", VirtioDevices.BlockOverlay),
        ("virtio-pci-block", VirtioDevices.PciBlock),
        ("virtio-net", VirtioDevices.Net),
        ("virtio-console", VirtioDevices.Console),
        ("virtio-balloon", VirtioHostDevices.Balloon),
        ("virtio-vsock", VirtioHostDevices.Vsock),
        ("virtio-net-stream", VirtioHostDevices.NetStream),
        ("virtio-9p", VirtioHostDevices.NineP),
        ("saved-state", static name => new SavedStates(name)),
        ("snapshot-manifest", Snapshots.Manifest),
        ("snapshot-devices", Snapshots.PcDevices),
        ("snapshot-devices-arm64", Snapshots.Arm64Devices),
        ("snapshot-folder", static name => new SnapshotFolders(name)),
        ("overlay-file", static name => new Overlays(name)),
        ("gdb", static name => new GdbSessions(name)),
    ];

    public static IEnumerable<string> Names => All.Select(each => each.Name);

    /// <summary>A target; where it needs files, they go with the process.</summary>
    public static FuzzTarget Make(string name) => All.Single(each => each.Name == name).Make(name);

    private static (string, Func<string, FuzzTarget>) Device(string name, Func<DeviceRig> make) =>
        (name, _ => new DeviceTarget(name, make));
}
