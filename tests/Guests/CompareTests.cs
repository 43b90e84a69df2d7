using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests;

/// <summary>Power-on to user space, beside the C program that does as little as the kernel takes.</summary>
public sealed partial class CompareTests
{
    /// <summary>The same for both; the first process says that it is there by port 0xf4, and the machine ends.
    /// </summary>
    internal const string ToUserSpace = "console=ttyS0 quiet reboot=t panic=-1 rdinit=/bin/mark";

    /// <summary>What a C program with ACPI tables, clock, i8042 and PCI stubs needs, and one in a hundred more.
    /// </summary>
    private const int MostPortExits = 870;

    [SkippableFact]
    public void MinimalVmm_toUserSpace_takesPortExitsOnly()
    {
        Scenario scenario = new("to user space, C VMM");
        scenario.Run(() =>
        {
            using VmProcess vmm = new(
                GuestFiles.MinimalVmm, GuestFiles.Kernel, GuestFiles.Initrd, ToUserSpace, "256");
            int code = vmm.WaitForExit(LinuxVm.Patience);

            Assert.True(code == 1, $"exit code {code}:\n{vmm}");
            Match match = Exits().Match(vmm.Errors);
            scenario.Note(match.Groups[1].Value);
            int ports = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            Assert.InRange(ports, 100, MostPortExits);
        });
    }

    [SkippableFact]
    public void LinuxVm_toUserSpace_takesNoMorePortExitsThanC()
    {
        Scenario scenario = new("to user space, LinuxVm");
        scenario.Run(() =>
        {
            using VmProcess vm = LinuxVm.Start(ToUserSpace, "--debug-exit");
            int code = vm.WaitForExit(LinuxVm.Patience);

            Assert.True(code == 1, $"exit code {code}:\n{vm}");
            scenario.Note(ExitTable.Tell(vm));
            Assert.InRange(ExitTable.Of(vm)["KVM_EXIT_IO"], 100, MostPortExits);
        });
    }

    [GeneratedRegex("exits: (.*, io ([0-9]+).*)")]
    private static partial Regex Exits();
}
