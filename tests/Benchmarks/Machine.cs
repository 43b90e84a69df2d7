using System.Reflection;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>Says on what the figures were measured, as far as it matters for them.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, "
        + RuntimeInformation.FrameworkDescription;

    /// <summary>Version and commit of what was measured.</summary>
    public static string Release { get; } = typeof(Kvm).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        IEnumerable<string> lines = File.Exists(Information) ? File.ReadLines(Information) : [];
        string? model = lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return model?[(model.IndexOf(':') + 2)..] ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
