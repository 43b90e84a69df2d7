using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>KvmApis.txt: what is wrong with it, where, and what runs again when it is edited.</summary>
public sealed class ApiListDiagnosticTests
{
    private const string List = "KvmApis.txt";

    [Theory]
    [InlineData("KVM_GET_SREG", "did you mean KVM_GET_SREGS?")]
    [InlineData("kvm_get_sregs", "did you mean KVM_GET_SREGS?")]
    [InlineData("GetSregs", "did you mean KVM_GET_SREGS?")]
    [InlineData("CAP_OTHER", "did you mean KVM_CAP_OTHER?")]
    [InlineData("kvm_oter", "did you mean kvm_other?")]
    [InlineData("kvm_mod", "did you mean kvm_mode?")]
    [InlineData("KVM_MODE_C", "did you mean KVM_MODE_A?")]
    public void Typo_isAWarningWithTheNearestName(string name, string meant)
    {
        Diagnostic found = Assert.Single(ApiListTests.Host("kvm_run\n" + name).Diagnostics);
        Assert.Equal(("KVMGEN010", DiagnosticSeverity.Warning), (found.Id, found.DefaultSeverity));
        Assert.Equal($"Nothing in these headers is called '{name}'; {meant}", found.GetMessage(null));
    }

    [Theory]
    [InlineData("SOMETHING_ELSE_ENTIRELY")]
    [InlineData("KVM_ARM_*")]
    [InlineData("!kvm_gone_for_good_and_ever")]
    public void NothingNear_isAWarningWithoutAName(string name)
    {
        Diagnostic found = Assert.Single(ApiListTests.Host("kvm_run\n" + name).Diagnostics);
        Assert.Equal($"Nothing in these headers is called '{name}'", found.GetMessage(null));
    }

    [Fact]
    public void SkippedMacro_isAWarningWithItsReason()
    {
        ApiSkipped pages = new("KVM_PAGES", "needs PAGE_SIZE", Header);
        ApiDocument model = ApiListTests.X64() with { Skipped = new([pages]) };
        GeneratorHost host = new(
            InputText.Of(model), InputText.Of(ApiListTests.Rows()), new InputText(List, "KVM_PAGES"));
        Assert.EndsWith(
            "it is there, but cannot be generated: needs PAGE_SIZE",
            Assert.Single(host.Diagnostics).GetMessage(null), StringComparison.Ordinal);
    }

    [Fact]
    public void Typo_isMarkedWhereItStands()
    {
        // The same word is also part of a good name and of a comment before.
        const string text = "KVM_GET_SREGS # KVM_GET_SREG\r\n\n  kvm_run, KVM_GET_SREG # oops\n";
        Diagnostic found = Assert.Single(ApiListTests.Host(text).Diagnostics);
        FileLinePositionSpan span = found.Location.GetLineSpan();
        Assert.Equal(List, span.Path);
        Assert.Equal((2, 11), (span.StartLinePosition.Line, span.StartLinePosition.Character));
        Assert.Equal((2, 23), (span.EndLinePosition.Line, span.EndLinePosition.Character));
        int offset = text.LastIndexOf("KVM_GET_SREG", StringComparison.Ordinal);
        Assert.Equal(offset, found.Location.SourceSpan.Start);
    }

    [Fact]
    public void EntryOfOneOfTwoTrees_isNoTypo()
    {
        GeneratorHost host = new(
            new InputText("a/x64.api.json", ApiListTests.X64().Json()) { Namespace = "A" },
            new InputText("b/x64.api.json", Model().With(Constant("KVM_NEW", "1")).Json())
            {
                Namespace = "B",
            },
            InputText.Of(ApiListTests.Rows()),
            new InputText(List, "KVM_NEW\nkvm_run\nKVM_OLD_AND_GONE"));
        string said = Assert.Single(host.Diagnostics).GetMessage(null);
        Assert.Contains("KVM_OLD_AND_GONE", said, StringComparison.Ordinal);
    }

    [Fact]
    public void IoctlWithoutARowThatIsNotChosen_isNoNews()
    {
        ApiDocument model = ApiListTests.X64().With(Ioctl("KVM_NEW", 0xAEF0));
        InputText[] files = [InputText.Of(model), InputText.Of(ApiListTests.Rows())];
        Assert.Equal("KVMGEN004", Assert.Single(new GeneratorHost(files).Diagnostics).Id);
        Assert.Empty(new GeneratorHost([.. files, new InputText(List, "kvm_run")]).Diagnostics);
    }

    [Fact]
    public void ListWithoutAnyModel_isNoNews() =>
        Assert.Empty(new GeneratorHost(new InputText(List, "KVM_NOTHING")).Diagnostics);

    [Fact]
    public void OneMoreName_writesWhatItAdds()
    {
        GeneratorHost host = ApiListTests.Host("KVM_GET_TSC_KHZ\n");
        host.Replace(List, "KVM_GET_TSC_KHZ\nkvm_other\n");
        Assert.Equal("Modified", host.Of("List"));
        Assert.Equal("Cached", host.Of("Model"));
        Assert.Equal(1, host.Written());
        Assert.Contains("KvmInterop.Native.kvm_other", host.Sources.Keys);
    }

    [Fact]
    public void CommentAndSpace_writeNothing()
    {
        GeneratorHost host = ApiListTests.Host("kvm_other\nkvm_run");
        host.Replace(List, "# the two of them\nkvm_other   kvm_run");
        Assert.Equal("Unchanged", host.Of("List"));
        Assert.Equal("Cached", host.Of("Part"));
        Assert.Equal("Cached", host.OfOutputs());
    }

    [Fact]
    public void MovedTypo_movesTheDiagnosticAndWritesNothing()
    {
        GeneratorHost host = ApiListTests.Host("kvm_other\nkvm_rum");
        host.Replace(List, "kvm_other\n\n\nkvm_rum");
        Assert.Equal(3, host.Diagnostics.Single().Location.GetLineSpan().StartLinePosition.Line);
        Assert.Equal("Cached", host.Of("Part"));
    }
}
