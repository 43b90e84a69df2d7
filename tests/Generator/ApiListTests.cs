using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>KvmApis.txt: what it chooses, and what comes along.</summary>
public sealed class ApiListTests
{
    private const string List = "KvmApis.txt";

    private static readonly ApiRecord Dtable = Struct("kvm_dtable", 8, 8, Field("u64 base", 0, 8));
    private static readonly ApiRecord Sregs = Struct(
        "kvm_sregs", 16, 8, Field("struct kvm_dtable gdt", 0, 8), Field("enum kvm_mode mode", 8, 4));
    private static readonly ApiRecord Run = Struct(
        "kvm_run", 8, 4,
        Inline("", 0, Union("", 8, 4, Inline("io", 0, Struct("", 8, 4, Field("u32 port", 0, 4))))));
    private static readonly ApiRecord Other = Struct("kvm_other", 8, 8, Field("u64 value", 0, 8));

    private static readonly ApiIoctl[] Ioctls =
    [
        Ioctl("KVM_GET_SREGS", 0xAE83, "read", "struct kvm_sregs"),
        Ioctl("KVM_SET_SREGS", 0xAE84, "write", "struct kvm_sregs"),
        Ioctl("KVM_GET_TSC_KHZ", 0xAEA3),
        Ioctl("KVM_REINJECT", 0xAE71),
    ];

    [Fact]
    public void NoList_choosesAll() => Assert.Contains("kvm_other", Names(null));

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n\n  // and another\n")]
    public void EmptyList_choosesAll(string list) => Assert.Equal(Names(null), Names(list));

    [Fact]
    public void Ioctl_bringsItsArgumentRecordsAndEnums()
    {
        Assert.Equal(
            ["Ioctl.KVM_GET_SREGS", "kvm_dtable", "kvm_mode", "kvm_sregs"], Names("KVM_GET_SREGS"));
    }

    [Fact]
    public void Ioctl_bringsItsCapability()
    {
        string constants = Host("KVM_GET_SREGS")["KvmApi.Constants"];
        Assert.Contains("KVM_CAP_SREGS", constants, StringComparison.Ordinal);
        Assert.DoesNotContain("KVM_CAP_OTHER", constants, StringComparison.Ordinal);
    }

    [Fact]
    public void IoctlWithATypeOfTheKnowledge_bringsThat() =>
        Assert.Equal(["Ioctl.KVM_REINJECT", "kvm_other"], Names("KVM_REINJECT"));

    [Fact]
    public void Pattern_choosesWhatMatches() =>
        Assert.Equal(["Ioctl.KVM_GET_TSC_KHZ"], Names("KVM_GET_TSC_K?Z"));

    [Fact]
    public void Exclusion_isStrongerThanPatterns() =>
        Assert.DoesNotContain("Ioctl.KVM_GET_SREGS", Names("!KVM_GET_S*\nKVM_*"));

    [Fact]
    public void ExclusionAlone_leavesTheRest()
    {
        Assert.Equal(Names(null).Where(name => name != "kvm_other" && name != "Ioctl.KVM_REINJECT"),
            Names("!kvm_other\n!KVM_REINJECT"));
    }

    [Fact]
    public void ExcludedRecordThatAnIoctlNeeds_staysNonetheless() =>
        Assert.Contains("kvm_sregs", Names("KVM_GET_SREGS\n!kvm_sregs"));

    [Fact]
    public void WordsOfC_areNoNames() =>
        Assert.Equal(["kvm_dtable", "kvm_other"], Names("struct kvm_other, struct kvm_dtable; # both"));

    [Fact]
    public void RecordInsideARecord_bringsItsParent() =>
        Assert.Equal(["kvm_run", "kvm_run_io"], Names("kvm_run_io").Where(name => name != "KvmRunOffsets"));

    [Fact]
    public void MemberOfAnEnum_bringsTheEnum() => Assert.Equal(["kvm_mode"], Names("KVM_MODE_B"));

    [Fact]
    public void ValueInsideAnExit_bringsTheExit()
    {
        GeneratorHost host = Host("KVM_EXIT_IO_IN");
        Assert.Contains("KVM_EXIT_IO = 2,", host["KvmExitReason"], StringComparison.Ordinal);
        Assert.DoesNotContain("KVM_EXIT_IO_IN", host["KvmExitReason"], StringComparison.Ordinal);
        Assert.DoesNotContain("KVM_EXIT_HLT", host["KvmExitReason"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KVM_GET_SREGS")]
    [InlineData("KVM_CAP_OTHER")]
    [InlineData("kvm_run")]
    [InlineData("!*")]
    public void AnyChoice_compiles(string list) => Host(list).CompilesWithoutWarnings();

    [Fact]
    public void WhatOneArchitectureNeeds_staysOnAll()
    {
        ApiDocument arm = Model("arm64").With(Dtable, Sregs).With(Mode());
        GeneratorHost host = new(
            InputText.Of(X64()), InputText.Of(arm), InputText.Of(Rows()),
            new InputText(List, "KVM_GET_SREGS"));
        string record = host["kvm_sregs"];
        Assert.DoesNotContain("KvmArchitectures(", record, StringComparison.Ordinal);
    }

    [Fact]
    public void ListOfANamespace_isForThatAlone()
    {
        GeneratorHost host = new(
            new InputText("a/x64.api.json", X64().Json()) { Namespace = "A" },
            new InputText("b/x64.api.json", X64().Json()) { Namespace = "B" },
            InputText.Of(Rows()),
            new InputText("KvmApis.txt", "kvm_other"),
            new InputText("b.KvmApis.txt", "kvm_dtable") { Namespace = "B" });
        Assert.Contains("A.kvm_other", host.Sources.Keys);
        Assert.DoesNotContain("A.kvm_dtable", host.Sources.Keys);
        Assert.Contains("B.kvm_dtable", host.Sources.Keys);
        Assert.DoesNotContain("B.kvm_other", host.Sources.Keys);
        Assert.Empty(host.Diagnostics);
    }

    internal static ApiDocument X64() => Model().With(Dtable, Sregs, Run, Other).With(Mode()).With(
        Constant("KVM_CAP_SREGS", "1"), Constant("KVM_CAP_OTHER", "2"), Constant("KVM_EXIT_IO", "2"),
        Constant("KVM_EXIT_IO_IN", "0"), Constant("KVM_EXIT_HLT", "5")).With(Ioctls);

    internal static KnowledgeDocument Rows() => Knowledge(
        Row("KVM_GET_SREGS", "vcpu", "out", "sregs") with { Capabilities = new(["KVM_CAP_SREGS"]) },
        Row("KVM_SET_SREGS", "vcpu", "in", "sregs"),
        Row("KVM_GET_TSC_KHZ", "vcpu", "none"),
        Row("KVM_REINJECT", "vm", "in", "control", "struct kvm_other"));

    internal static GeneratorHost Host(string? list) => list is null
        ? new(InputText.Of(X64()), InputText.Of(Rows()))
        : new(InputText.Of(X64()), InputText.Of(Rows()), new InputText(List, list));

    private static ApiEnum Mode() => Enum("kvm_mode", ("KVM_MODE_A", "0"), ("KVM_MODE_B", "1"));

    /// <summary>The files of records, enums and ioctls; support and constants are always there.</summary>
    private static IEnumerable<string> Names(string? list) => Host(list).Sources.Keys
        .Select(name => name["KvmInterop.Native.".Length..])
        .Where(name => name.StartsWith("kvm_", StringComparison.Ordinal)
            || name.StartsWith("Ioctl.", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);
}
