using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests;

/// <summary>What somebody asks for who looks at a host or a guest: <c>--check</c> and <c>--trace</c>.</summary>
public sealed partial class RequestTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-request-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Machine_asCheckSays_bootsAndHasEachExitInItsTrace()
    {
        Scenario scenario = new("check, then a trace of each exit");
        scenario.Run(() =>
        {
            string trace = Path.Combine(folder, Path.GetRandomFileName());
            string[] options = ["--cpus", "2", "--rng", "--trace", trace];
            using VmProcess check = GuestProgram.Boot("off", [.. options, "--check"]);
            Assert.True(check.WaitForExit(GuestProgram.Patience) == 0, $"{check}");
            Assert.EndsWith("This host can run the machine as asked for.\n", check.Output, StringComparison.Ordinal);
            Assert.False(File.Exists(trace));

            using VmProcess vm = GuestProgram.BootWithStatistics("off", options);
            vm.WaitFor("guest: 2 processors, off\n", GuestProgram.Patience);
            Assert.Equal(0, vm.WaitForExit(GuestProgram.Patience));
            scenario.Note(ExitTable.Tell(vm));

            Assert.Equal(
                Sorted(ExitTable.Of(vm)),
                Sorted(File.ReadLines(trace).Select(line => Line().Match(line)).GroupBy(match => match.Groups[1].Value)
                    .Select(group => KeyValuePair.Create(group.Key, group.Count()))));
        });
    }

    // Of those by a signal some are kicks, which no handler is asked about.
    private static IEnumerable<KeyValuePair<string, int>> Sorted(IEnumerable<KeyValuePair<string, int>> exits) =>
        exits.Where(exit => exit.Key != "KVM_EXIT_INTR").OrderBy(exit => exit.Key, StringComparer.Ordinal);

    // The vCPU, and the exit with what it carries.
    [GeneratedRegex("^[01] (KVM_EXIT_[A-Z_0-9]+)")]
    private static partial Regex Line();
}
