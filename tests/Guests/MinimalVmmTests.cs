using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests;

/// <summary>The C program that LinuxVm is compared with: that it does what it is said to do.</summary>
public sealed partial class MinimalVmmTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [SkippableFact]
    public void MinimalVmm_quietWithOneProcessor_comesToUserSpace()
    {
        Scenario scenario = new("C VMM to user space");
        scenario.Run(() =>
        {
            using VmProcess vmm = new(
                GuestFiles.MinimalVmm, GuestFiles.Kernel, GuestFiles.Initrd,
                "console=ttyS0 quiet reboot=t panic=-1 rdinit=/bin/mark", "256");
            int code = vmm.WaitForExit(Patience);
            scenario.Note(vmm.Errors.Trim());

            Assert.Equal(1, code);
            Match match = Ports().Match(vmm.Errors);
            int ports = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            Assert.InRange(ports, 100, 1000);
        });
    }

    [GeneratedRegex(", io ([0-9]+)")]
    private static partial Regex Ports();
}
