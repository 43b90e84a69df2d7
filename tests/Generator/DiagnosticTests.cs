using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Each diagnostic once, where it belongs.</summary>
public sealed class DiagnosticTests
{
    private static readonly ApiIoctl Run = Ioctl("KVM_RUN", 0xAE80);

    [Fact]
    public void BrokenModel_isOneErrorAndNoOutput()
    {
        string json = Model().With(Run).Json();
        string broken = json.Replace("\"direction\": \"none\"", "\"direction\": 5", StringComparison.Ordinal);
        GeneratorHost host = new(
            new InputText("x64.api.json", broken), InputText.Of(Model("arm64").With(Run)));
        Expect(host, "KVMGEN001", "x64.api.json", broken, "5");
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void TextThatIsNoJson_isOneErrorAndNoOutput()
    {
        const string broken = "{\n  \"schema\": 1,\n  oops\n}";
        Expect(new(new InputText("x64.api.json", broken)), "KVMGEN001", "x64.api.json", broken, "oops");
    }

    [Fact]
    public void EmptyModel_isOneErrorAndNoOutput()
    {
        GeneratorHost host = new(new InputText("x64.api.json", ""));
        Assert.Equal("KVMGEN001", Assert.Single(host.Diagnostics).Id);
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void BrokenKnowledge_isOneErrorAndNoOutput()
    {
        string json = Knowledge(Row("KVM_RUN", "vcpu", "none")).Json();
        string broken = json.Replace("\"vcpu\"", "\"vcpus\"", StringComparison.Ordinal);
        GeneratorHost host = new(InputText.Of(Model().With(Run)), new InputText("ioctls.json", broken));
        Expect(host, "KVMGEN001", "ioctls.json", broken, "\"vcpus\"");
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void UnknownSchema_isOneErrorAndNoOutput()
    {
        string later = Model().Json().Replace("\"schema\": 1", "\"schema\": 2", StringComparison.Ordinal)
            .Replace("\"records\"", "\"whatever\"", StringComparison.Ordinal);
        GeneratorHost host = new(new InputText("x64.api.json", later));
        Expect(host, "KVMGEN002", "x64.api.json", later, "2");
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void UnknownSchemaOfKnowledge_isOneErrorAndNoOutput()
    {
        string later = Knowledge().Json().Replace("\"schema\": 1", "\"schema\": 9", StringComparison.Ordinal);
        GeneratorHost host = new(InputText.Of(Model()), new InputText("ioctls.json", later));
        Expect(host, "KVMGEN002", "ioctls.json", later, "9");
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void ArchitectureTwice_isAnErrorAtTheSecond()
    {
        string json = Model().Json();
        GeneratorHost host = new(
            new InputText("a/x64.api.json", json), new InputText("b/x64.api.json", json),
            InputText.Of(Knowledge()));
        Expect(host, "KVMGEN003", "b/x64.api.json", json, "\"x64\"");
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void IoctlWithoutARow_isNamedOnceAndGenerated()
    {
        ApiDocument x64 = Model().With(Run, Ioctl("KVM_NEW", 0xAEF0));
        GeneratorHost host = new(
            InputText.Of(x64), InputText.Of(x64 with { Architecture = "arm64" }),
            InputText.Of(Knowledge(Row("KVM_RUN", "vcpu", "none"))));
        Expect(host, "KVMGEN004", "x64.api.json", x64.Json(), "\"KVM_NEW\"");
        Assert.Equal(DiagnosticSeverity.Info, host.Diagnostics[0].Severity);
        Assert.Contains("KVM_NEW", host["Ioctl.KVM_NEW"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("My..Kvm")]
    [InlineData("1st")]
    [InlineData("My.class")]
    public void InvalidNamespace_isAnErrorAndNoOutput(string space)
    {
        GeneratorHost host = new(
            new Dictionary<string, string> { ["build_property.KvmNamespace"] = space },
            InputText.Of(Model()), InputText.Of(Knowledge()));
        Assert.Equal("KVMGEN005", Assert.Single(host.Diagnostics).Id);
        Assert.Contains(space, host.Diagnostics[0].GetMessage(null), StringComparison.Ordinal);
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void KnowledgeTwice_isAnErrorAtTheSecond()
    {
        GeneratorHost host = new(
            InputText.Of(Model()),
            new InputText("a/ioctls.json", Knowledge().Json()),
            new InputText("b/ioctls.json", Knowledge().Json()));
        Diagnostic found = Assert.Single(host.Diagnostics);
        Assert.Equal(("KVMGEN006", "b/ioctls.json"), (found.Id, found.Location.GetLineSpan().Path));
        Assert.Empty(host.Sources);
    }

    [Fact]
    public void NoKnowledge_isNamedOnceAndGenerated()
    {
        GeneratorHost host = new(InputText.Of(Model().With(Run, Ioctl("KVM_OTHER", 0xAE81))));
        Diagnostic found = Assert.Single(host.Diagnostics);
        Assert.Equal(("KVMGEN007", DiagnosticSeverity.Info), (found.Id, found.Severity));
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void FlexibleRowThatDoesNotFit_isAWarningAtTheRow()
    {
        ApiRecord list = Struct("kvm_list", 4, 4, Field("u32 n", 0, 4), Field("u64 entries[]", 8, 0));
        KnowledgeDocument known = Knowledge().With(
            new FlexibleKnowledge("kvm_list", "entries", "nent", "entries"),
            new FlexibleKnowledge("kvm_absent", "entries", "n", "entries"));
        GeneratorHost host = new(InputText.Of(Model().With(list)), InputText.Of(known));
        Expect(host, "KVMGEN008", "ioctls.json", known.Json(), "\"kvm_list\"");
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void OtherFiles_areNoInput()
    {
        GeneratorHost host = new(new InputText("appsettings.json", "{"), new InputText("notes.txt", "{"));
        Assert.Empty(host.Diagnostics);
        Assert.Empty(host.Sources);
    }

    private static void Expect(GeneratorHost host, string id, string path, string text, string marked)
    {
        Diagnostic found = Assert.Single(host.Diagnostics);
        Assert.Equal(id, found.Id);
        FileLinePositionSpan span = found.Location.GetLineSpan();
        Assert.Equal(path, span.Path);
        string line = text.Split('\n')[span.StartLinePosition.Line];
        string at = line[span.StartLinePosition.Character..];
        Assert.StartsWith(marked, at, StringComparison.Ordinal);
        Assert.True(span.StartLinePosition < span.EndLinePosition);
        Assert.StartsWith(marked, text[found.Location.SourceSpan.Start..], StringComparison.Ordinal);
    }
}
