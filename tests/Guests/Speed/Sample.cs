using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests.Speed;

/// <summary>One measurement in a guest (tests/guest-lab/guest/rate.c), and what it took of KVM.</summary>
/// <param name="Operations">Requests.</param>
/// <param name="Bytes">Of all requests.</param>
/// <param name="Time">By the guest's clock.</param>
/// <param name="Interrupts">Of virtio devices, in the guest that measured.</param>
/// <param name="Exits">Of all guests, from the processor to KVM; 0 where they cannot be read.</param>
internal sealed partial record Sample(long Operations, long Bytes, TimeSpan Time, long Interrupts, long Exits)
{
    private const string CounterFile = "/sys/kernel/debug/kvm/exits";
    private const int NanosecondsOfATick = 100;

    /// <summary>Has a guest that is ready measure.</summary>
    /// <param name="vm">Its next line is that it is ready.</param>
    public static Sample Take(VmProcess vm)
    {
        vm.WaitFor("guest: ready\n", LinuxVm.Patience);
        long before = CountExits();
        vm.Type("");
        vm.WaitFor("guest: measured ", LinuxVm.Patience);
        string line = vm.ReadLine(LinuxVm.Patience);
        long exits = CountExits() - before;
        Match match = Result().Match(line);
        Assert.True(match.Success, line);
        long[] numbers = [.. match.Groups.Values.Skip(1).Select(
            group => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture))];
        return new Sample(
            numbers[0], numbers[1], TimeSpan.FromTicks(numbers[2] / NanosecondsOfATick), numbers[3], exits);
    }

    // Of all VMs together, since each was made; only root finds them, and where debugfs is mounted.
    private static long CountExits() => !File.Exists(CounterFile) ? 0 : long.Parse(
        File.ReadAllText(CounterFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    [GeneratedRegex("rate: ([0-9]+) operations, ([0-9]+) bytes, ([0-9]+) ns, (-?[0-9]+) interrupts")]
    private static partial Regex Result();
}
