using System.CommandLine;

namespace KvmInterop.Examples;

/// <summary>What a command line says of the options that the examples share.</summary>
/// <param name="Device"><c>--kvm PATH</c>.</param>
/// <param name="Statistics"><c>--stats</c>; see <see cref="StatisticsView"/>.</param>
/// <param name="GdbPort"><c>--gdb PORT</c>, or null; see <see cref="GuestRun"/>.</param>
public sealed record ExampleOptions(
    string Device = Kvm.DefaultDevicePath, bool Statistics = false, int? GdbPort = null)
{
    /// <summary>Those of a command line that was parsed.</summary>
    public static implicit operator ExampleOptions(ParseResult parsed) => new(
        parsed.GetRequiredValue(Example.KvmOption),
        parsed.GetValue(Example.StatisticsOption),
        parsed.GetValue(Example.GdbOption));
}
