namespace KvmInterop.Tests.Generator.Harness;

/// <summary>What the driver did again in its last run, and why.</summary>
internal static class Reasons
{
    /// <summary>The reasons of all outputs of a stage, each once, in alphabetical order.</summary>
    public static string Of(this GeneratorHost host, string stage) => Join(
        host.Result.TrackedSteps.TryGetValue(stage, out var steps)
            ? steps.SelectMany(step => step.Outputs).Select(output => output.Reason)
            : []);

    /// <summary>The same of the generated files.</summary>
    public static string OfOutputs(this GeneratorHost host) =>
        Join(Sources(host).Select(output => output.Reason));

    /// <summary>How many files were written anew.</summary>
    public static int Written(this GeneratorHost host) =>
        Sources(host).Count(
            output => output.Reason is IncrementalStepRunReason.Modified or IncrementalStepRunReason.New);

    private static IEnumerable<(object Value, IncrementalStepRunReason Reason)> Sources(GeneratorHost host) =>
        host.Result.TrackedOutputSteps.SelectMany(pair => pair.Value).SelectMany(step => step.Outputs);

    private static string Join(IEnumerable<IncrementalStepRunReason> reasons) =>
        string.Join(
            ", ", reasons.Select(reason => reason.ToString()).Distinct().Order(StringComparer.Ordinal));
}
