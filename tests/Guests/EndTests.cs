namespace KvmInterop.Tests.Guests;

/// <summary>The ways in which a guest ends its machine, and LinuxVm's exit code for each.</summary>
public sealed class EndTests
{
    [SkippableTheory]
    [InlineData("off", "", 0, "power-off")]
    [InlineData("restart", "", 3, "reboot")]
    [InlineData("restart", " reboot=t", 5, "reboot by a triple fault")]
    [InlineData("crash", "", 4, "panic")]
    public void Guest_thatEnds_givesItsExitCode(string does, string kernelOption, int code, string name)
    {
        Scenario scenario = new(name);
        scenario.Run(() =>
        {
            using VmProcess vm = LinuxVm.Start($"console=ttyS0 quiet panic=-1{kernelOption} -- {does}");
            vm.WaitFor("guest: ", LinuxVm.Patience);

            int ended = vm.WaitForExit(LinuxVm.Patience);

            Assert.True(code == ended, $"exit code {ended}:\n{vm}");
            scenario.Note(ExitTable.Tell(vm));
        });
    }
}
