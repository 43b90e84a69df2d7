using System.Globalization;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>
/// This program as it measures a part of a figure: takes the counts, and prints for each a line with it and
/// the values.
/// </summary>
internal static class ScaleProgram
{
    public const string Verb = "scale";

    public static int Run(string name, IEnumerable<string> counts)
    {
        using IScaleProgram program = name switch
        {
            "vms" => new VmScale(isRun: false),
            "vms-run" => new VmScale(isRun: true),
            "vcpus" => new VcpuScale(),
            "devices" => new DeviceScale(),
            "events" => new EventScale(),
            _ => throw new InvalidOperationException($"There is no scale program {name}."),
        };
        program.WarmUp();
        Heap.Settle();
        foreach (string count in counts)
        {
            double[] values = program.Measure(int.Parse(count, CultureInfo.InvariantCulture));
            IEnumerable<string> words =
                values.Select(value => value.ToString("0.###", CultureInfo.InvariantCulture));
            Console.WriteLine(string.Join(' ', words.Prepend(count)));
        }

        return 0;
    }
}

/// <summary>Adds until there are so many, and measures.</summary>
internal interface IScaleProgram : IDisposable
{
    /// <summary>Does everything once with objects that go away again, so that all code is compiled.</summary>
    void WarmUp();

    /// <param name="count">More than at the last call.</param>
    double[] Measure(int count);
}
