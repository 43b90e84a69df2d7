using System.Globalization;

namespace KvmInterop.Tests.Guests;

/// <summary>A guest that works for five minutes; only where it is asked for.</summary>
public sealed class SoakTests : IDisposable
{
    private const int Seconds = 300;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-soak-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Guest_thatWritesAndReadsForMinutes_readsWhatItWrote()
    {
        Skip.If(
            Environment.GetEnvironmentVariable("KVMINTEROP_SOAK") is null,
            "takes five minutes; set KVMINTEROP_SOAK, or run ./build.sh lab --soak");
        Scenario scenario = new("soak: disk, 2 vCPUs, 5 minutes");
        scenario.Run(() =>
        {
            string image = Path.Combine(folder, "disk");
            Host.MakeFileSystem(image);
            using VmProcess vm = LinuxVm.Boot($"soak {Seconds}", "--cpus", "2", "--disk", image);

            // The last round began before the time was over.
            TimeSpan patience = TimeSpan.FromSeconds(Seconds) + LinuxVm.Patience;
            vm.WaitFor(" rounds\n", patience);
            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            Assert.Equal(0, Host.Check(image));
            int rounds = vm.Output.Split("guest: round ").Length - 1;
            scenario.Note($"{rounds.ToString(CultureInfo.InvariantCulture)} rounds, {ExitTable.Tell(vm)}");
            Assert.NotEqual(0, rounds);
        });
    }
}
