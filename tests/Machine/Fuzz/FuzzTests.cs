using KvmInterop.Tests.Fuzz;
using KvmInterop.Tests.Fuzz.Targets;

namespace KvmInterop.Tests.Machine.Fuzz;

/// <summary>A short piece of what <c>./build.sh fuzz</c> does, with inputs that are always the same.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 1000;

    public static TheoryData<string> Targets() => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_spoiltInputs_areTakenOrRefusedInOrder(string target)
    {
        FuzzRun run = new(AllTargets.Make(target), new FuzzOptions(Inputs));

        if (!run.Run() && run.Failure is var (input, bytes, problem))
        {
            Assert.Fail(FailureReport.Of(target, 1, input, bytes, problem.ToString()));
        }

        Assert.Equal(Inputs, run.Taken + run.Refused);
        Assert.NotEqual(0, run.Taken);
    }

    [Fact]
    public void Input_ofASeedAndANumber_isAlwaysTheSame()
    {
        FuzzTarget target = AllTargets.Make("virtio-rng");

        byte[] input = target.Make(7, 3);
        target.Make(7, 4);

        Assert.Equal(input, AllTargets.Make("virtio-rng").Make(7, 3));
        Assert.NotEqual(input, target.Make(8, 3));
        Assert.NotEqual(input, target.Make(7, 4));

        // On another machine, next year.
        Assert.Equal(0x57b01b045666f379UL, FuzzRandom.For("target", 1, 2).Next());
    }

    [Fact]
    public void Failure_ofAnInput_isReportedWithWhatRepeatsIt()
    {
        FuzzRun run = new(new Failing(), new FuzzOptions(Inputs, Seed: 5));

        Assert.False(run.Run());

        (long input, byte[] bytes, Exception problem) = run.Failure!.Value;
        string report = FailureReport.Of("failing", 5, input, bytes, problem.Message);
        Assert.Contains(
            "./build.sh fuzz --only failing --seed 5 --first 17 --inputs 1", report, StringComparison.Ordinal);
        Assert.Contains("it broke", report, StringComparison.Ordinal);
        Assert.Contains("0102", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Allocation_ofWhatAnInputSays_isAFailure()
    {
        FuzzRun run = new(new Greedy(), new FuzzOptions(Inputs));

        Assert.False(run.Run());
        Assert.Contains(
            "bytes were allocated for an input of 4", run.Failure!.Value.Problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("virtio-block", new[] { "virtio-block" })]
    [InlineData("BLOCK", new[] { "virtio-block", "virtio-block-overlay", "virtio-pci-block" })]
    [InlineData("no such", new string[0])]
    public void Only_ofANameOrAPartOfIt_choosesTargets(string only, string[] chosen)
    {
        Assert.True(FuzzOptions.TryParse(["--only", only, "--jobs", "2"], out FuzzOptions? options, out _));

        Assert.Equal(chosen, options.Choose(AllTargets.Names));
    }

    [Theory]
    [InlineData("--inputs")]
    [InlineData("--inputs", "0")]
    [InlineData("--jobs", "100")]
    [InlineData("--seed", "x")]
    [InlineData("everything")]
    public void Options_thatAreWrong_areNamed(params string[] args)
    {
        Assert.False(FuzzOptions.TryParse(args, out _, out string? mistake));

        Assert.StartsWith(args[0], mistake, StringComparison.Ordinal);
        Assert.EndsWith("is not understood; --help says what is", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_namesEveryTarget()
    {
        Assert.True(FuzzOptions.TryParse(["--help"], out FuzzOptions? options, out _));

        Assert.True(options.Help);
        Assert.All(
            AllTargets.Names,
            name => Assert.Contains($"\n  {name}", FuzzOptions.UsageWith(AllTargets.Names), StringComparison.Ordinal));
    }

    private sealed class Greedy() : FuzzTarget("greedy")
    {
        public override byte[] Make(FuzzRandom random) => [0, 0, 0, 1];

        public override bool Run(byte[] input) => new byte[BitConverter.ToInt32(input)].Length > 0;
    }

    private sealed class Failing() : FuzzTarget("failing")
    {
        private int runs;

        public override byte[] Make(FuzzRandom random) => [1, 2];

        public override bool Run(byte[] input) =>
            ++runs <= 17 ? true : throw new InvalidOperationException("it broke");
    }
}
