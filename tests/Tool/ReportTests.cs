using System.Text.Json;
using System.Xml.Linq;
using KvmInterop.ApiModel;
using static KvmInterop.Tests.Tool.Small;

namespace KvmInterop.Tests.Tool;

/// <summary><c>kvmgen diff</c> on a pair of models that has something of everything.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("text")]
    [InlineData("markdown")]
    [InlineData("json")]
    [InlineData("html")]
    [InlineData("known")]
    public Task Diff_format(string format)
    {
        Run run = Diff("--format", format);
        Assert.Equal((1, ""), (run.Code, run.Error));
        return Verify(run.Output.Replace(folder.Path, "DIR", StringComparison.Ordinal)).UseParameters(format);
    }

    [Fact]
    public void Diff_json_isJsonWithEveryChange()
    {
        using JsonDocument json = JsonDocument.Parse(Diff("--format", "json").Output);
        Assert.True(json.RootElement.GetProperty("breaks").GetBoolean());
        string[] names =
        [
            .. json.RootElement.GetProperty("changes").EnumerateArray()
                .Select(change => change.GetProperty("name").GetString()!),
        ];
        Assert.Contains("kvm_moved.inner.x", names);
        Assert.Contains("KVM_RENUMBERED", names);
    }

    [Fact]
    public void Diff_html_needsNothingElse()
    {
        string html = Diff("--format", "html").Output;
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        string drawing = html[html.IndexOf("<svg", StringComparison.Ordinal)..];
        Assert.NotNull(XElement.Parse(drawing[..(drawing.IndexOf("</svg>", StringComparison.Ordinal) + 6)]));
    }

    [Fact]
    public void Diff_output_writesTheFileAndNothingElse()
    {
        string file = Path.Combine(folder.Path, "report.md");
        Run run = Diff("--format", "markdown", "--output", file);
        Assert.Equal((1, "", ""), (run.Code, run.Output, run.Error));
        Assert.StartsWith("# KVM interface: ", File.ReadAllText(file));
    }

    [Fact]
    public void Diff_sameModel_exits0()
    {
        Run run = Run.Of("diff", Old, Old);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.EndsWith("\nNothing changed.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Diff_modelOfOneArchitecture_saysNothingOfOthers()
    {
        Run run = Run.Of("diff", "7.3", Repository.PathOf("headers/models/7.3/x64.api.json"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.EndsWith("\nNothing changed.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Diff_noArchitectureInCommon_exits2()
    {
        string x64 = folder.Write("x64.api.json", ModelWriter.Write(Model()));
        string arm64 = folder.Write("arm64.api.json", ModelWriter.Write(Model() with { Architecture = "arm64" }));
        Run run = Run.Of("diff", x64, arm64);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Equal($"kvmgen: {x64} has x64 and {arm64} has arm64: there is nothing to compare\n", run.Error);
    }

    [Fact]
    public void Diff_onlyAdditions_exits0()
    {
        string bare = folder.Write("bare.api.json", ModelWriter.Write(Model()));
        string more = folder.Write("more.api.json", ModelWriter.Write(Model(Constant("KVM_NEW", "1"))));
        Assert.Equal(0, Run.Of("diff", bare, more).Code);
        Assert.Equal(1, Run.Of("diff", more, bare).Code);
    }

    [Fact]
    public void Known_allThatBreaks_exits0()
    {
        string known = folder.Write("known.txt", Diff("--format", "known").Output);
        Run run = Diff("--known", known);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("\nAccepted\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Breaks", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_some_leavesTheRest()
    {
        string known = folder.Write("known.txt", "removed KVM_GONE # not needed\n\nmoved kvm_moved.* x64\n");
        Run run = Diff("--known", known);
        Assert.Equal((1, ""), (run.Code, run.Error));
        Assert.DoesNotContain("Breaks binary compatibility\n  moved", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_whatIsNot_isReported()
    {
        string known = folder.Write("known.txt", "# old\nremoved KVM_NEVER\nremoved KVM_GONE arm64\n");
        Run run = Diff("--known", known);
        Assert.Equal(1, run.Code);
        Assert.Equal(
            $"kvmgen: {known}:2: there is no such change: removed KVM_NEVER\n"
            + $"kvmgen: {known}:3: there is no such change: removed KVM_GONE arm64\n", run.Error);
    }

    [Theory]
    [InlineData("vanished KVM_GONE", ":1: 'vanished' is no change; changes are removed, ")]
    [InlineData("removed", ":1: a line has a change, a name and perhaps architectures, ")]
    [InlineData("removed a b c", ":1: a line has a change, a name and perhaps architectures, ")]
    public void Known_malformed_exits2(string line, string error)
    {
        Run run = Diff("--known", folder.Write("known.txt", line));
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    private string Old => folder.Write("old.api.json", ModelWriter.Write(Model(
        Struct("kvm_gone", 4, Field("a", "u32", 0, 4)),
        Struct("kvm_moved", 24, Field("a", "u64", 0, 8),
            Inner("inner", 8, Struct("", 8, Field("x", "u64", 0, 8)))),
        Struct("kvm_padded", 16, Field("flags", "u64", 0, 8), Field("pad", "u8[8]", 8, 8)),
        Constant("KVM_GONE", "1"), Constant("KVM_RENUMBERED", "1"), Constant("KVM_SAME", "1"),
        Enum("kvm_kind", ("KVM_KIND_A", "0"), ("KVM_KIND_MAX", "1")),
        Ioctl("KVM_SMALL", 0x4018ae01, "struct kvm_moved"))));

    private string New => folder.Write("new.api.json", ModelWriter.Write(Model(
        Struct("kvm_moved", 32, Field("a", "u64", 0, 8), Field("b", "u64", 8, 8),
            Inner("inner", 16, Struct("", 8, Field("x", "u64", 0, 8)))),
        Struct("kvm_new", 4, Field("a", "u32", 0, 4)),
        Struct("kvm_padded", 16, Field("flags", "u64", 0, 8), Field("more", "u32", 8, 4),
            Field("pad", "u8[4]", 12, 4)),
        Constant("KVM_NEW", "2"), Constant("KVM_RENUMBERED", "2"), Constant("KVM_SAME", "1"),
        Enum("kvm_kind", ("KVM_KIND_A", "0"), ("KVM_KIND_B", "1"), ("KVM_KIND_MAX", "2")),
        Ioctl("KVM_SMALL", 0x4020ae01, "struct kvm_moved")) with { LinuxVersion = "1.3.0" }));

    private Run Diff(params string[] arguments) => Run.Of(["diff", Old, New, .. arguments]);
}
