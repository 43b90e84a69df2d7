using KvmInterop.Tests.Guests;

namespace KvmInterop.Tests.Arm64Guests;

/// <summary>Somebody at the serial console: shells with other numbers of processors, a login.</summary>
public sealed class UserTests
{
    private static readonly TimeSpan Patience = Arm64Linux.Patience;

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public void Kernel_withProcessors_comesToAShell(int processors)
    {
        Scenario scenario = new($"arm64: shell, {processors} vCPUs");
        scenario.Run(() =>
        {
            using VmProcess vm = Arm64Linux.Boot("shell", "--cpus", $"{processors}");
            vm.WaitFor($"guest: {processors} processors, shell\n", Patience);
            vm.WaitFor("# ", Patience);
            vm.Type("echo $((6 * 7)) is the answer");
            vm.WaitFor("\n42 is the answer\n", Patience);
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(Patience));
        });
    }

    [SkippableFact]
    public void Console_user_logsIn()
    {
        Scenario scenario = new("arm64: login on the serial console");
        scenario.Run(() =>
        {
            using VmProcess vm = Arm64Linux.Boot("login");
            vm.WaitFor("login: ", Patience);
            vm.Type("root");
            vm.WaitFor("Password: ", Patience);
            vm.Type("wrong");
            vm.WaitFor("Login incorrect", Patience);
            vm.WaitFor("login: ", Patience);
            vm.Type("root");
            vm.WaitFor("Password: ", Patience);
            vm.Type("lab");
            vm.WaitFor("# ", Patience);
            vm.Type("tty; whoami");
            vm.WaitFor("\n/dev/ttyAMA0\nroot\n", Patience);
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(Patience));
        });
    }
}
