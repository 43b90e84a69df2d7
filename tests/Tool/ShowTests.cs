namespace KvmInterop.Tests.Tool;

/// <summary><c>kvmgen show</c> and <c>kvmgen list</c>, as a person reads them.</summary>
public class ShowTests
{
    [Theory]
    [InlineData("kvm_run", "x64")]
    [InlineData("kvm_run.io", "x64")]
    [InlineData("kvm_ioapic_state", "x64")]
    [InlineData("kvm_vcpu_events", "x64")]
    [InlineData("kvm_sync_regs", "s390x")]
    [InlineData("kvm_device_type", "x64")]
    [InlineData("KVM_SET_REGS", "x64")]
    [InlineData("KVM_CREATE_VCPU", "all")]
    [InlineData("KVM_EXIT_IO", "x64")]
    [InlineData("KVM_REG_ARCH_MASK", "x64")]
    [InlineData("KVM_COALESCED_MMIO_MAX", "x64")]
    [InlineData("kvm_regs", "riscv64,loongarch64")]
    public Task Show(string name, string architecture)
    {
        Run run = Run.Of("show", name, "--arch", architecture);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return Verify(run.Output).UseParameters(name, architecture);
    }

    [Fact]
    public void Show_everyNameOfEveryArchitecture_succeeds()
    {
        foreach (var model in Committed.All)
        {
            string[] names = [.. HeaderScraper.Browse.Catalog.Of(model).Names];
            Run run = Run.Of(["show", .. names, "--arch", model.Architecture]);
            Assert.Equal((0, ""), (run.Code, run.Error));
            Assert.All(names, name => Assert.Contains(name, run.Output, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("KVM_SET_REGZ", "kvmgen: 7.3 has no KVM_SET_REGZ; did you mean KVM_SET_REGS")]
    [InlineData("set_regs", "kvmgen: 7.3 has no set_regs; did you mean KVM_SET_REGS")]
    [InlineData("kvm_run.oi", "kvmgen: 7.3 has no kvm_run.oi; did you mean kvm_run.io")]
    [InlineData("nothing_like_it_at_all", "kvmgen: 7.3 has no nothing_like_it_at_all; `kvmgen list ")]
    public void Show_unknownName_exits1AndSuggests(string name, string error)
    {
        Run run = Run.Of("show", name);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Show_nameOfAnotherArchitecture_saysWhich()
    {
        Run run = Run.Of("show", "kvm_vcpu_init", "--arch", "x64");
        Assert.Equal(1, run.Code);
        Assert.Equal(
            "kvmgen: 7.3 for x64 has no kvm_vcpu_init, but arm64 has: use --arch arm64\n", run.Error);
    }

    [Fact]
    public void Show_nameOfAnotherArchitectureWithoutArch_showsIt() =>
        Assert.StartsWith("struct kvm_vcpu_init  arm64, asm/kvm.h\n", Run.Of("show", "kvm_vcpu_init").Output);

    [Theory]
    [InlineData("KVM_GET_REGS")]
    [InlineData("kvm_get_regs")]
    public void Show_anyCase_findsTheName(string name) =>
        Assert.StartsWith("KVM_GET_REGS  ioctl, x64", Run.Of("show", name, "--arch", "x64").Output);

    [Fact]
    public void Show_modelFile_readsIt()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("m.api.json", ApiModel.ModelWriter.Write(
            Small.Model(Small.Struct("kvm_small", 4, Small.Field("only", "u32", 0, 4)))));
        Run run = Run.Of("show", "kvm_small", "--model", file);
        Assert.Contains("u32 only", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pattern", "*MSR_FILTER* --arch x64")]
    [InlineData("architectures", "KVM_RUN --arch all")]
    [InlineData("kind", "kvm_?regs --kind record --arch all")]
    [InlineData("skipped", "KVM_PPC_GET_* --skipped --arch x64")]
    public Task List(string name, string arguments)
    {
        Run run = Run.Of(["list", .. arguments.Split(' ')]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return Verify(run.Output).UseFileName($"ShowTests.List_{name}");
    }

    [Theory]
    [InlineData("record", "Records")]
    [InlineData("ioctl", "Ioctls")]
    public void List_kind_hasALineForEach(string kind, string list)
    {
        var model = Committed.All.Single(one => one.Architecture == "arm64");
        int count = list == "Records" ? model.Records.Length : model.Ioctls.Length;
        Run run = Run.Of("list", "--kind", kind, "--arch", "arm64");
        Assert.Equal(count, run.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void List_noMatch_exits1()
    {
        Run run = Run.Of("list", "*NOTHING*", "--arch", "x64");
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.StartsWith("kvmgen: 7.3 for x64 has no such name", run.Error, StringComparison.Ordinal);
    }
}
