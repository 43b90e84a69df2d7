using System.Text;

namespace KvmInterop.Tests.Harness;

/// <summary>The rules of snapshot files, which Verify.Xunit and the stand-in must share.</summary>
public class SnapshotTests
{
    [Fact]
    public Task Verify_sameText_passes() => Verify("one\ntwo\n");

    [Fact]
    public Task Verify_carriageReturns_areLineFeeds() => Verify("one\r\ntwo");

    [Theory]
    [InlineData("x64", 1)]
    [InlineData("arm64", 2)]
    [InlineData("a:b/c", 3)]
    public Task Verify_theory_hasAFilePerRow(string name, int number) =>
        Verify($"{name} is {number}").UseParameters(name, number);

    [Fact]
    public Task Verify_useDirectory_looksThere() => Verify("in a folder").UseDirectory("Snapshots");

    [Fact]
    public async Task Verify_otherText_failsAndWritesReceived()
    {
        string received = Beside("SnapshotTests.Verify_otherText_failsAndWritesReceived.received.txt");
        await Assert.ThrowsAnyAsync<Exception>(async () => await Verify("actual"));
        byte[] bytes = await File.ReadAllBytesAsync(received);
        File.Delete(received);
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), bytes[..3]);
        Assert.Equal("actual", Encoding.UTF8.GetString(bytes[3..]));
    }

    [Fact]
    public async Task Verify_nothingAccepted_fails()
    {
        string received = Beside("SnapshotTests.Verify_nothingAccepted_fails.received.txt");
        await Assert.ThrowsAnyAsync<Exception>(async () => await Verify("new"));
        Assert.True(File.Exists(received));
        File.Delete(received);
    }

    [Fact]
    public async Task Verify_sameFileTwice_fails()
    {
        await Verify("first");
        await Assert.ThrowsAnyAsync<Exception>(async () => await Verify("first"));
    }

    private static string Beside(string file) => Repository.PathOf($"tests/Harness/{file}");

    public class Nested
    {
        [Fact]
        public Task Verify_nestedClass_hasBothNames() => Verify("nested");
    }
}
