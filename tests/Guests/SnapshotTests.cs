namespace KvmInterop.Tests.Guests;

/// <summary>A machine that is saved while its guest computes, and goes on elsewhere.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const int Steps = 100_000;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-saved-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Machine_savedWhileItsGuestComputes_comesToTheSameResult(int processors)
    {
        Scenario scenario = new($"snapshot and restore, {processors} vCPUs");
        scenario.Run(() =>
        {
            string saved = Path.Combine(folder, Path.GetRandomFileName());
            string[] options = ["--cpus", $"{processors}", "--snapshot", saved];
            using VmProcess first = LinuxVm.Boot($"compute {Steps}", options);
            first.WaitFor("guest: computes\n", LinuxVm.Patience);
            first.Signal("USR1");
            first.WaitFor($"guest: result {Computation.After(Steps)}\n", LinuxVm.Patience);
            Assert.Equal(0, first.WaitForExit(LinuxVm.Patience));

            using VmProcess second = LinuxVm.Restore(saved);
            second.WaitFor($"guest: result {Computation.After(Steps)}\n", LinuxVm.Patience);
            Assert.Equal(0, second.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(first));
            scenario.Note(ExitTable.Tell(second));
        });
    }
}
