using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>What each kind of ioctl becomes.</summary>
public sealed class IoctlTests
{
    private static readonly ApiRecord Regs = Struct("kvm_regs", 8, 8, Field("u64 pc", 0, 8));

    [Fact]
    public Task Ioctl_withoutArgument_hasNoParameter() => Snapshot(Ioctl("KVM_RUN", 0xAE80), "none");

    [Fact]
    public Task Ioctl_byValue_takesANumber() => Snapshot(Ioctl("KVM_CREATE_VCPU", 0xAE41), "value", "id");

    [Fact]
    public Task Ioctl_in_isByReference() =>
        Snapshot(Ioctl("KVM_SET_REGS", 0x4008AE82, "write", "struct kvm_regs"), "in", "regs");

    [Fact]
    public Task Ioctl_out_isByReference() =>
        Snapshot(Ioctl("KVM_GET_REGS", 0x8008AE81, "read", "struct kvm_regs"), "out", "regs");

    [Fact]
    public Task Ioctl_inout_isByReference() =>
        Snapshot(Ioctl("KVM_SWAP_REGS", 0xC008AE83, "readwrite", "struct kvm_regs"), "inout", "held");

    [Fact]
    public Task Ioctl_typeOfKnowledge_replacesTheMacros() =>
        Snapshot(Ioctl("KVM_PUT_REGS", 0xAE84), "in", "fd", "struct kvm_regs");

    [Fact]
    public Task Ioctl_void_isAPointerOnly() =>
        Snapshot(Ioctl("KVM_MEMORY_OP", 0xC008AE85, "readwrite", "ulong"), "inout", "operation", "void");

    [Fact]
    public Task Ioctl_array_isAPointerOnly() =>
        Snapshot(Ioctl("KVM_SET_MASK", 0x4040AE86, "write", "u8[64]"), "in", "mask");

    [Fact]
    public Task Ioctl_withoutARow_isOnEveryFile()
    {
        GeneratorHost host = new(
            InputText.Of(
                Model().With(Regs).With(Ioctl("KVM_NEW", 0xC008AE87, "readwrite", "struct kvm_regs"))),
            InputText.Of(Knowledge()));
        host.CompilesWithoutWarnings();
        return Verify(host["Ioctl.KVM_NEW"]).ToTask();
    }

    [Fact]
    public Task Ioctl_typeThatNoModelHas_isAPointerOnly() =>
        Snapshot(Ioctl("KVM_GET_OTHER", 0xAE88), "out", "other", "struct kvm_other");

    [Fact]
    public Task Ioctl_documentation_hasEverythingThatIsKnown()
    {
        IoctlKnowledge row = Row("KVM_GET_REGS", "vcpu", "out", "regs") with
        {
            Fds = new(["vm", "vcpu"]),
            Result = "count",
            Capabilities = new(["KVM_CAP_A", "KVM_CAP_B"]),
            Summary = "Reads a < b & c.",
        };
        GeneratorHost host = new(
            InputText.Of(
                Model().With(Regs).With(Ioctl("KVM_GET_REGS", 0x8008AE81, "read", "struct kvm_regs"))),
            InputText.Of(Knowledge(row)));
        host.CompilesWithoutWarnings();
        return Verify(host["Ioctl.KVM_GET_REGS"]).ToTask();
    }

    [Theory]
    [InlineData("KVM_GET_REGS", "GetRegs")]
    [InlineData("KVM_SET_USER_MEMORY_REGION2", "SetUserMemoryRegion2")]
    [InlineData("KVM_S390_UCAS_MAP", "S390UcasMap")]
    [InlineData("KVM_EQUALS", "Equals_")]
    [InlineData("KVM_VALUE", "Value_")]
    [InlineData("KVM_2ND", "_2nd")]
    [InlineData("OTHER_THING", "OtherThing")]
    public void Method_ofMacro_isPascalCase(string macro, string method)
    {
        GeneratorHost host = new(
            InputText.Of(
                Model().With(Ioctl(macro, 0xAE01))), InputText.Of(Knowledge(Row(macro, "vm", "none"))));
        Assert.Contains($"public int {method}() =>", host["Ioctl." + macro], StringComparison.Ordinal);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void Method_twoMacrosWithOneName_bothExist()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Ioctl("KVM_A_1", 0xAE01), Ioctl("KVM_A1", 0xAE02))),
            InputText.Of(Knowledge(Row("KVM_A_1", "vm", "none"), Row("KVM_A1", "vm", "none"))));
        host.CompilesWithoutWarnings();
        Assert.Contains("int A1()", host["Ioctl.KVM_A1"], StringComparison.Ordinal);
        Assert.Contains("int A1_()", host["Ioctl.KVM_A_1"], StringComparison.Ordinal);
    }

    private static Task Snapshot(ApiIoctl ioctl, string kind, string argument = "", string type = "")
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Regs).With(ioctl)),
            InputText.Of(Knowledge(Row(ioctl.Name, "vcpu", kind, argument, type))));
        host.CompilesWithoutWarnings();
        return Verify(host["Ioctl." + ioctl.Name]).ToTask();
    }
}
