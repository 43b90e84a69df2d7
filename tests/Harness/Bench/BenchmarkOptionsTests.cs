using KvmInterop.Tests.Benchmarks;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>The bench's command line.</summary>
public sealed class BenchmarkOptionsTests
{
    [Fact]
    public void Parse_nothing_isTheDefault()
    {
        Assert.True(BenchmarkOptions.TryParse([], out BenchmarkOptions? options, out _));

        Assert.Equivalent(new BenchmarkOptions(15, [], Repository.PathOf("artifacts/bench")), options, strict: true);
        Assert.True(options.Wants("anything"));
    }

    [Fact]
    public void Parse_everyOption_isTaken()
    {
        string[] args =
            ["--runs", "3", "--only", "exit", "--output", "/o", "--save", "/s.json", "--compare", "/c.json"];

        Assert.True(BenchmarkOptions.TryParse(args, out BenchmarkOptions? options, out _));

        Assert.Equivalent(
            new BenchmarkOptions(3, ["exit"], "/o", "/s.json", "/c.json"), options, strict: true);
    }

    [Fact]
    public void Parse_severalNames_wantsWhatHasAnyOfThem()
    {
        Assert.True(BenchmarkOptions.TryParse(
            ["--only", "exit", "--only", "scale:"], out BenchmarkOptions? options, out _));

        Assert.True(options.Wants("Exit round trip"));
        Assert.True(options.Wants("scale: devices"));
        Assert.False(options.Wants("scrape"));
    }

    [Theory]
    [InlineData("there is no option '--fast'", "--fast")]
    [InlineData("there is no option 'exit'", "exit", "--runs")]
    [InlineData("--runs takes a number from 1, not '0'", "--runs", "0")]
    [InlineData("--runs takes a number from 1, not 'many'", "--only", "exit", "--runs", "many")]
    [InlineData("--runs needs a value", "--runs")]
    [InlineData("--save needs a value", "--save")]
    [InlineData("--compare needs a value", "--compare", "")]
    public void Parse_mistake_isSaidInASentence(string sentence, params string[] args)
    {
        Assert.False(BenchmarkOptions.TryParse(args, out _, out string? mistake));

        Assert.Equal(sentence, mistake);
    }
}
