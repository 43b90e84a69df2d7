using KvmInterop.Tests.Benchmarks;
using KvmInterop.Tests.Benchmarks.Reports;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>What <c>--save</c> wrote, read by <c>--compare</c>.</summary>
public sealed class SavedRunTests
{
    [Fact]
    public void Read_savedRun_hasWhatWasMeasured()
    {
        BenchmarkRun run = Runs.Of(
            Runs.Measured("a pair", [3, 1, 2], [1, 1, 1], allocated: 24),
            Runs.Measured("a function", [7.5], unit: "ms"),
            Runs.NotMeasured("KVM's", "/dev/kvm is not there"));

        SavedRun saved = Runs.Saved(run);

        Assert.Equal((Runs.Machine, Runs.Release, run.When), (saved.Machine, saved.Release, saved.When));
        Assert.Equal(["a function", "a pair"], saved.Results.Keys.Order());
        SavedResult pair = saved.Results["a pair"];
        Assert.Equal(("ns", 2.0, 24.0), (pair.Unit, pair.Ratio, pair.Allocated));
        Assert.Equal([1, 2, 3], pair.Elapsed.Values);
        SavedResult function = saved.Results["a function"];
        Assert.Equal(("ms", null, null), (function.Unit, function.Ratio, function.Allocated));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("""{ "format": "kvminterop-bench-0" }""")]
    [InlineData("""{ "format": "kvminterop-bench-1", "results": [] }""")]
    [InlineData("""{ "format": "kvminterop-bench-1", "results": {} }""")]
    [InlineData("""
        { "format": "kvminterop-bench-1", "machine": "m", "release": "r", "when": "2026-11-26T15:30:00+00:00",
          "results": [ { "name": "x", "unit": "ns", "ours": { "elapsed": [ null ] } } ] }
        """)]
    [InlineData("""
        { "format": "kvminterop-bench-1", "machine": "m", "release": "r", "when": "yesterday", "results": [] }
        """)]
    public void Read_otherFile_isRefusedInOneSentence(string text)
    {
        using TemporaryFile file = new TemporaryFile().Containing(text);

        var refusal = Assert.Throws<SavedRunException>(() => SavedRun.Read(file.Path));

        Assert.StartsWith($"{file.Path} is no saved run (", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("make one with --save", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Read_noFile_saysWhereFilesComeFrom()
    {
        using TemporaryFile file = new();

        var refusal = Assert.Throws<SavedRunException>(() => SavedRun.Read(file.Path));

        Assert.Equal($"there is no file {file.Path} to compare with; make one with --save", refusal.Message);
    }

    [Fact]
    public void Read_folder_isRefused()
    {
        var refusal = Assert.Throws<SavedRunException>(() => SavedRun.Read(Path.GetTempPath()));

        Assert.Contains("cannot be read", refusal.Message, StringComparison.Ordinal);
    }
}
