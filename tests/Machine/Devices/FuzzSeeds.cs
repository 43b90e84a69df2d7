using System.Globalization;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>How much is tried: little in each test run, a million inputs where it is asked for.</summary>
internal static class FuzzSeeds
{
    private const int UsualInputs = 100_000;

    /// <summary>How many seeds, of so many inputs each, come to what is asked for.</summary>
    public static int Count(int inputsOfSeed)
    {
        string? asked = Environment.GetEnvironmentVariable("KVMINTEROP_FUZZ_INPUTS");
        int inputs = asked is null ? UsualInputs : int.Parse(asked, CultureInfo.InvariantCulture);
        return Math.Max(1, (inputs + inputsOfSeed - 1) / inputsOfSeed);
    }
}
