using KvmInterop.Tests.Benchmarks;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>Processes that the bench starts without .NET's Process around them.</summary>
public sealed class SpawnTests
{
    [Fact]
    public void Run_ofAProgramThatPrints_tellsItsOutput()
    {
        SpawnOutcome outcome = Spawn.Run("/bin/uname");

        Assert.Equal((0, "Linux\n"), (outcome.Status, outcome.Output));
    }

    [Fact]
    public void Run_ofAProgramThatFails_tellsItsStatus()
    {
        Assert.NotEqual(0, Spawn.Run("/bin/false").Status);
    }

    [Fact]
    public void Run_withALibrary_tellsTheLoader()
    {
        // The loader says on standard error that it is not there, and goes on.
        SpawnOutcome outcome = Spawn.Run("/usr/bin/env", preload: "/no/such.so");

        Assert.Equal(0, outcome.Status);
        Assert.StartsWith("LD_PRELOAD=/no/such.so\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ofNothing_isRefused()
    {
        Assert.Throws<InvalidOperationException>(() => Spawn.Run("/no/such/program"));
    }
}
