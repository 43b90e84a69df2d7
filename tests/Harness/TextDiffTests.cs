namespace KvmInterop.Tests.Harness;

public class TextDiffTests
{
    [Fact]
    public void Between_changedLine_showsItWithItsSurroundings() => Assert.Equal(
        "@@ line 3 @@\n 1\n 2\n-3\n+three\n 4\n", TextDiff.Between("1\n2\n3\n4", "1\n2\nthree\n4"));

    [Fact]
    public void Between_addedLine_showsOnlyIt() => Assert.Equal(
        "@@ line 2 @@\n 1\n+new\n 2\n", TextDiff.Between("1\n2", "1\nnew\n2"));

    [Fact]
    public void Between_repeatedLines_doesNotOverlap() => Assert.Equal(
        "@@ line 3 @@\n a\n a\n+a\n", TextDiff.Between("a\na", "a\na\na"));
}
