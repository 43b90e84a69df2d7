using Xunit.Abstractions;

namespace KvmInterop.Tests.LabRunner;

/// <summary>xunit's own defaults: nothing is set.</summary>
internal sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
{
    private readonly Dictionary<string, object?> values = [];

    public TValue? GetValue<TValue>(string name) =>
        values.TryGetValue(name, out object? value) ? (TValue?)value : default;

    public void SetValue<TValue>(string name, TValue value) => values[name] = value;
}
