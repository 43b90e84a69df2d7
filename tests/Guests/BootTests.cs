namespace KvmInterop.Tests.Guests;

/// <summary>Debian's kernel, from power-on to somebody at its console.</summary>
public sealed class BootTests
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Kernel_withProcessors_comesToAShell(int processors)
    {
        Scenario scenario = new($"shell, {processors} vCPUs");
        scenario.Run(() =>
        {
            using VmProcess vm = LinuxVm.Boot("shell", "--cpus", $"{processors}");
            vm.WaitFor($"guest: {processors} processors, shell\n", LinuxVm.Patience);
            vm.WaitFor("# ", LinuxVm.Patience);
            vm.Type("echo $((6 * 7)) is the answer");
            vm.WaitFor("\n42 is the answer\n", LinuxVm.Patience);
            vm.Type("sed -n 's/^model name.: /it is /p' /proc/cpuinfo");
            vm.WaitFor($"\nit is {Host.ProcessorName()}\n", LinuxVm.Patience);
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(vm));
        });
    }

    [SkippableFact]
    public void Console_user_logsIn()
    {
        Scenario scenario = new("login on the serial console");
        scenario.Run(() =>
        {
            using VmProcess vm = LinuxVm.Boot("login");
            vm.WaitFor("login: ", LinuxVm.Patience);
            vm.Type("root");
            vm.WaitFor("Password: ", LinuxVm.Patience);
            vm.Type("wrong");
            vm.WaitFor("Login incorrect", LinuxVm.Patience);
            vm.WaitFor("login: ", LinuxVm.Patience);
            vm.Type("root");
            vm.WaitFor("Password: ", LinuxVm.Patience);
            vm.Type("lab");
            vm.WaitFor("# ", LinuxVm.Patience);
            vm.Type("tty; whoami");
            vm.WaitFor("\n/dev/ttyS0\nroot\n", LinuxVm.Patience);
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(vm));
        });
    }
}
