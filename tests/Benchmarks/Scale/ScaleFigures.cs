namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>All figures that grow.</summary>
internal static class ScaleFigures
{
    // A VM's file and its vCPU's.
    private const int FilesOfVm = 2;

    private static readonly int[] ToThousand = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
    private static readonly int[] ToSixtyFour = [1, 2, 4, 8, 16, 32, 64];

    public static IReadOnlyList<ScaleFigure> All { get; } =
    [
        new ScaleFigure(
            "vms", "Small VMs in one process", "VMs", ToThousand, FilesOfVm,
            [
                new ScaleProgramPart("vms", [
                    new("never run, without a thread", "Memory for each, beyond guest RAM", "KiB", 64),
                    new("of that, managed objects", "Memory for each, beyond guest RAM", "KiB"),
                    new("created in a second", "Creation", "VMs/s"),
                ]),
                new ScaleProgramPart("vms-run", [
                    new("has run, its vCPU's thread waits", "Memory for each, beyond guest RAM", "KiB", 64),
                    new("exits of all", "Exits in total", "1/s"),
                ]),
            ],
            CompiledLoops.WithoutMachine),
        new ScaleFigure(
            "vcpus", "vCPUs in one VM", "vCPUs", ToSixtyFour, 1,
            [
                new ScaleProgramPart("vcpus", [
                    new("has run, its thread waits", "Memory for each", "KiB"),
                    new("vCPU and thread made", "Creation of each", "µs"),
                    new("exits of all", "Exits in total", "1/s"),
                ]),
            ],
            CompiledLoops.WithoutMachine),
        new ScaleFigure(
            "devices", "Devices on a bus", "devices", ToThousand, 0,
            [
                new ScaleProgramPart("devices", [
                    new("ports", "An access, to a random one", "ns"),
                    new("memory-mapped", "An access, to a random one", "ns"),
                    new("ports", "Registration of each", "µs"),
                    new("memory-mapped", "Registration of each", "µs"),
                    new("ports", "Memory for each", "bytes"),
                    new("memory-mapped", "Memory for each", "bytes"),
                ]),
            ],
            null),
        new ScaleFigure(
            "events", "irqfds and ioeventfds of a VM", "eventfds", ToThousand, 2,
            [
                new ScaleProgramPart("events", [
                    new("irqfd", "Creation of each", "µs"),
                    new("ioeventfd", "Creation of each", "µs"),
                    new("irqfd signalled", "One event", "µs"),
                    new("ioeventfd written by the guest", "One event", "µs"),
                ]),
            ],
            CompiledLoops.WithoutMachine),
    ];
}
