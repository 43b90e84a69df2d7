using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Which stages run again after which edit: an edit, then its reasons.</summary>
public sealed class IncrementalityTests
{
    private const string File = "x64.api.json";

    private static readonly ApiRecord First = Struct("kvm_first", 8, 8, Field("u64 value", 0, 8));
    private static readonly ApiRecord Second = Struct("kvm_second", 8, 8, Field("u64 value", 0, 8));
    private static readonly ApiIoctl Run = Ioctl("KVM_RUN", 0xAE80);

    [Fact]
    public void UnrelatedCode_runsNothing()
    {
        GeneratorHost host = Host();
        host.AddCode("internal sealed class Unrelated;");
        AssertReasons(host, text: "Cached", model: "Cached", part: "Cached", output: "Cached");
    }

    [Fact]
    public void NewObjectForTheSameText_readsTheTextOnly()
    {
        GeneratorHost host = Host();
        host.Replace(File, Json());
        AssertReasons(host, text: "Cached, Unchanged", model: "Cached", part: "Cached", output: "Cached");
    }

    [Fact]
    public void WhitespaceEdit_readsTheModelOnly()
    {
        GeneratorHost host = Host();
        host.Replace(File, Json().Replace("  ", " ", StringComparison.Ordinal));
        AssertReasons(host, text: "Cached, Modified", model: "Unchanged", part: "Cached", output: "Cached");
    }

    [Fact]
    public void OneOfTwoRecords_writesOneFile()
    {
        GeneratorHost host = Host();
        host.Replace(File, Json(Second with { Align = 4 }));
        AssertReasons(
            host, text: "Cached, Modified", model: "Modified", part: "Modified, Unchanged",
            output: "Cached, Modified");
        Assert.Equal(1, host.Written());
    }

    [Fact]
    public void OneConstant_writesItsClassOnly()
    {
        GeneratorHost host = Host();
        host.Replace(File, Model().With(First, Second).With(Run).With(Constant("KVM_A", "1")).Json());
        Assert.Equal("Modified, Unchanged", host.Of("Part"));
        Assert.Equal(1, host.Written());
    }

    [Fact]
    public void OneFunction_writesTheFunctionsOnly()
    {
        ApiFunction plus = Function("KVM_F", "x", "u64", "(add u64 x 1)");
        GeneratorHost host = new(
            new InputText(File, Model().With(First, Second).With(Run).With(plus).Json()),
            InputText.Of(Knowledge()));
        ApiFunction minus = Function("KVM_F", "x", "u64", "(sub u64 x 1)");
        host.Replace(File, Model().With(First, Second).With(Run).With(minus).Json());
        Assert.Equal("Modified, Unchanged", host.Of("Part"));
        Assert.Equal(1, host.Written());
    }

    [Fact]
    public void RowOfOneIoctl_writesThatIoctl()
    {
        GeneratorHost host = Host();
        host.Replace(
            "ioctls.json", Knowledge(Row("KVM_RUN", "vcpu", "none") with { Summary = "Goes." }).Json());
        Assert.Equal("Modified", host.Of("Knowledge"));
        Assert.Equal("Cached", host.Of("Model"));
        Assert.Equal("Modified, Unchanged", host.Of("Part"));
        Assert.Equal(1, host.Written());
        Assert.Contains("Goes.", host["Ioctl.KVM_RUN"], StringComparison.Ordinal);
    }

    [Fact]
    public void WhitespaceInIoctls_writesNothing()
    {
        GeneratorHost host = Host();
        host.Replace("ioctls.json", Knowledge(Row("KVM_RUN", "vcpu", "none")).Json() + "\n\n");
        Assert.Equal("Unchanged", host.Of("Knowledge"));
        Assert.Equal("Cached", host.Of("Part"));
        Assert.Equal("Cached", host.OfOutputs());
    }

    [Fact]
    public void OneOfTwoModels_readsThatOneAndWritesWhatDiffers()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(First, Second)), InputText.Of(Model("arm64").With(First, Second)));
        host.Replace("arm64.api.json", Model("arm64").With(First, Second with { Align = 4 }).Json());
        Assert.Equal("Cached, Modified", host.Of("Model"));
        Assert.Contains("KvmInterop.Native.kvm_first", host.Sources.Keys);
        Assert.Contains("KvmInterop.Native.X64.kvm_second", host.Sources.Keys);
        Assert.Contains("KvmInterop.Native.Arm64.kvm_second", host.Sources.Keys);
        Assert.DoesNotContain("KvmInterop.Native.kvm_second", host.Sources.Keys);
    }

    [Fact]
    public void MovedLines_moveTheDiagnosticAndWriteNothing()
    {
        GeneratorHost host = new(InputText.Of(Model().With(Run)), InputText.Of(Knowledge()));
        int before = host.Diagnostics.Single().Location.GetLineSpan().StartLinePosition.Line;
        host.Replace(File, "\n\n" + Model().With(Run).Json());
        Assert.Equal(before + 2, host.Diagnostics.Single().Location.GetLineSpan().StartLinePosition.Line);
        Assert.Equal("Cached", host.Of("Part"));
    }

    [Fact]
    public void BrokenAndRepaired_isAsBefore()
    {
        GeneratorHost host = Host();
        var before = host.Sources.OrderBy(pair => pair.Key).ToList();
        host.Replace(File, "{");
        Assert.Empty(host.Sources);
        host.Replace(File, Json());
        Assert.Equal(before, host.Sources.OrderBy(pair => pair.Key));
    }

    private static string Json(ApiRecord? second = null) =>
        Model().With(First, second ?? Second).With(Run).Json();

    private static GeneratorHost Host() =>
        new(new InputText(File, Json()), InputText.Of(Knowledge(Row("KVM_RUN", "vcpu", "none"))));

    private static void AssertReasons(
        GeneratorHost host, string text, string model, string part, string output)
    {
        Assert.Equal(text, host.Of("Text"));
        Assert.Equal(model, host.Of("Model"));
        Assert.Equal(part, host.Of("Part"));
        Assert.Equal(output, host.OfOutputs());
    }
}
