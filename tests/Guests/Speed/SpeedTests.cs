using System.Globalization;

namespace KvmInterop.Tests.Guests.Speed;

/// <summary>Guests' disks and cards beside QEMU's, and their start beside the C program's. Where asked for.
/// </summary>
/// <remarks>
/// Each round gives every machine its turn. Nothing is asserted of times, which in an emulated machine on a busy
/// host mean something only as ratios of neighbours; the report has them.
/// </remarks>
public sealed class SpeedTests : IDisposable
{
    private const string RoundsVariable = "KVMINTEROP_SPEED";
    private const int DiskBytes = 64 << 20;
    private const string Sent = "4194304";
    private const string Questions = "300";

    // As rate_disk of tests/guest-lab/guest/init takes them.
    private static readonly (string Name, string Work)[] DiskWork =
    [
        ("disk, 256 KiB written one after the other", "write:sequential:262144:128:4"),
        ("disk, 256 KiB read one after the other", "read:sequential:262144:128:4"),
        ("disk, 4 KiB read anywhere, one at a time", "read:random:4096:500:1"),
        ("disk, 4 KiB written anywhere, one at a time", "write:random:4096:500:1"),
        ("disk, 4 KiB read anywhere, 16 at a time", "read:random:4096:2000:16"),
        ("disk, 4 KiB written anywhere, 16 at a time", "write:random:4096:2000:16"),
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-speed-").FullName;

    private static IReadOnlyList<string> Names { get; } = [.. SpeedMachine.All.Select(machine => machine.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Devices_besideQemu_areMeasured()
    {
        int rounds = Rounds();
        string disk = Path.Combine(folder, "disk");
        byte[] content = new byte[DiskBytes];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(disk, content);

        List<Sample[]>[] results = [.. Enumerable.Range(0, DiskWork.Length + 2).Select(_ => new List<Sample[]>())];
        for (int round = 0; round < rounds; round++)
        {
            Sample[][] ofMachines =
                [.. SpeedMachine.All.Select(machine => (Sample[])[.. Disk(machine, disk), .. Net(machine)])];
            for (int what = 0; what < results.Length; what++)
            {
                results[what].Add([.. ofMachines.Select(samples => samples[what])]);
            }
        }

        SpeedTable.PrintHead(Names);
        for (int what = 0; what < DiskWork.Length; what++)
        {
            bool isLarge = DiskWork[what].Work.Contains("sequential", StringComparison.Ordinal);
            Row(DiskWork[what].Name, isLarge, results[what]);
        }

        Row("network, TCP stream", isLarge: true, results[^2]);
        Row("network, 64 bytes there and back", isLarge: false, results[^1]);
        SpeedTable.Print("");
        Assert.All(results, rows => Assert.Equal(rounds, rows.Count));
    }

    [SkippableFact]
    public void Start_besideTheProgramInC_isMeasured()
    {
        int rounds = Rounds();
        List<double[]> results = [];
        for (int round = 0; round < rounds; round++)
        {
            using VmProcess c = new(
                GuestFiles.MinimalVmm, GuestFiles.Kernel, GuestFiles.Initrd, CompareTests.ToUserSpace, "256");
            Assert.Equal(1, c.WaitForExit(LinuxVm.Patience));
            double ofC = c.Time.TotalSeconds;
            using VmProcess ours = LinuxVm.RunBare(LinuxVm.Arguments(CompareTests.ToUserSpace, ["--debug-exit"]));
            Assert.Equal(1, ours.WaitForExit(LinuxVm.Patience));
            double ofOurs = ours.Time.TotalSeconds;
            results.Add([ofC, ofOurs]);
            Console.Out.WriteLine($"to user space: C VMM {ofC} s, LinuxVm {ofOurs} s");
        }

        SpeedTable.PrintRatio("power-on to user space", ["C VMM", "LinuxVm"], results);
        Assert.Equal(rounds, results.Count);
    }

    private static int Rounds()
    {
        string? rounds = Environment.GetEnvironmentVariable(RoundsVariable);
        Skip.If(
            string.IsNullOrEmpty(rounds),
            $"takes many minutes; set {RoundsVariable} to the number of rounds, or run ./build.sh lab --speed");
        GuestFiles.Require();
        return int.Parse(rounds!, CultureInfo.InvariantCulture);
    }

    private static void Row(string name, bool isLarge, List<Sample[]> rounds) => SpeedTable.PrintRow(
        name, isLarge ? "MB/s" : "/s", Names,
        sample => (isLarge ? sample.Bytes / 1e6 : sample.Operations) / sample.Time.TotalSeconds, rounds);

    private static List<Sample> Disk(SpeedMachine machine, string disk)
    {
        using VmProcess vm = machine.StartWithDisk(
            $"rate_disk {string.Join(' ', DiskWork.Select(each => each.Work))}", disk);
        List<Sample> samples = [.. DiskWork.Select(_ => Take(machine, vm))];
        vm.WaitFor("guest: disk measured\n", LinuxVm.Patience);
        Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
        return samples;
    }

    private List<Sample> Net(SpeedMachine machine)
    {
        string cable = Path.Combine(folder, Path.GetRandomFileName());
        using VmProcess receiver = machine.StartOnCable("rate_serve", cable, isFirst: true);
        receiver.WaitFor("rate: listens\n", LinuxVm.Patience);
        using VmProcess sender = machine.StartOnCable($"rate_net {Sent} {Questions}", cable, isFirst: false);
        Sample stream = Take(machine, sender);
        receiver.WaitFor("rate: listens\n", LinuxVm.Patience);
        Sample questions = Take(machine, sender);
        Assert.Equal(0, sender.WaitForExit(LinuxVm.Patience));
        Assert.Equal(0, receiver.WaitForExit(LinuxVm.Patience));
        return [stream, questions];
    }

    // Told at once: to whoever watches, and to the lab, which ends a machine that prints nothing for minutes.
    private static Sample Take(SpeedMachine machine, VmProcess vm)
    {
        Sample sample = Sample.Take(vm);
        Console.Out.WriteLine($"{machine.Name}: {sample}");
        return sample;
    }
}
