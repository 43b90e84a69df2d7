using System.Globalization;
using System.Text.RegularExpressions;
using KvmInterop.Tests.Guests;

namespace KvmInterop.Tests.Arm64Guests;

/// <summary><c>--gdb</c> of Arm64Linux, with a real GDB.</summary>
public sealed partial class GdbTests
{
    [SkippableFact]
    public void Kernel_underGdb_stopsAtItsFirstInstructionAndGoesOn()
    {
        Scenario scenario = new("arm64: under GDB");
        scenario.Run(() =>
        {
            const int Port = 1234;
            using VmProcess vm = Arm64Linux.Boot("off", "--gdb", $"{Port}");

            // It tries again until the machine listens, and has patience with a server that is compiled by an
            // emulated processor. First the guest is at the head of an Image, whose code0 does nothing
            // (Documentation/arm64/booting.rst).
            string tools = Path.Combine(AppContext.BaseDirectory, "tools");
            using VmProcess gdb = new(
                "env",
                $"LD_LIBRARY_PATH={Path.Combine(tools, "lib")}", Path.Combine(tools, "gdb"), "-nx", "-batch",
                "-ex", "set tcp connect-timeout 60", "-ex", "set remotetimeout 60",
                "-ex", $"target remote 127.0.0.1:{Port}",
                "-ex", "info registers pc", "-ex", "stepi", "-ex", "info registers pc", "-ex", "continue");
            Assert.True(gdb.WaitForExit(Arm64Linux.Patience) == 0, $"{gdb}\n{vm}");
            Assert.Equal(0, vm.WaitForExit(Arm64Linux.Patience));

            MatchCollection places = Place().Matches(gdb.Output);
            Assert.True(places.Count == 2, $"{gdb}");
            Assert.Equal(At(places[0]) + 4, At(places[1]));
            Assert.Contains("exited normally", gdb.Output, StringComparison.Ordinal);
            Assert.Contains("guest: 1 processors, off\n", vm.Output, StringComparison.Ordinal);
        });
    }

    private static ulong At(Match place) =>
        ulong.Parse(place.Groups[1].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^pc +0x([0-9a-f]+) ", RegexOptions.Multiline)]
    private static partial Regex Place();
}
