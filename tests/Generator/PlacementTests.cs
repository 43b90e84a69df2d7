using System.Reflection;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Which namespace something goes to, when there are models of several architectures.</summary>
public sealed class PlacementTests
{
    private static readonly ApiRecord Same = Struct("kvm_same", 8, 8, Field("u64 value", 0, 8));

    [Fact]
    public Task Records_ofTwoArchitectures_areSharedWhenAlike()
    {
        GeneratorHost host = Two(
            [
                Same, Struct("kvm_other", 8, 8, Field("u64 x", 0, 8)),
                Struct("kvm_only", 4, 4, Field("u32 a", 0, 4)),
            ],
            [Same, Struct("kvm_other", 4, 4, Field("u32 y", 0, 4))]);
        host.CompilesWithoutWarnings();
        return Verify(Files(host, "kvm_")).ToTask();
    }

    [Fact]
    public void Record_holdingOneThatDiffers_differs()
    {
        ApiRecord holder = Struct(
            "kvm_holder", 16, 8, Field("struct kvm_inner inner", 0, 8), Field("u64 last", 8, 8));
        GeneratorHost host = Two(
            [holder, Struct("kvm_inner", 8, 8, Field("u64 x", 0, 8))],
            [holder, Struct("kvm_inner", 8, 8, Field("s64 x", 0, 8))]);
        host.CompilesWithoutWarnings();
        Assert.Contains("KvmInterop.Native.X64.kvm_holder", host.Sources.Keys);
        Assert.Contains("KvmInterop.Native.Arm64.kvm_holder", host.Sources.Keys);
        Assert.DoesNotContain("KvmInterop.Native.kvm_holder", host.Sources.Keys);
    }

    [Fact]
    public void Record_memberOfARecordThatDiffers_isSharedItself()
    {
        ApiField io = Inline("io", 8, Struct("", 4, 4, Field("u32 port", 0, 4)));
        GeneratorHost host = Two(
            [Struct("kvm_run", 16, 8, Field("u64 a", 0, 8), io)],
            [Struct("kvm_run", 16, 8, Field("s64 a", 0, 8), io)]);
        host.CompilesWithoutWarnings();
        Assert.Contains("KvmInterop.Native.kvm_run_io", host.Sources.Keys);
        Assert.Contains("KvmInterop.Native.X64.kvm_run", host.Sources.Keys);
    }

    [Fact]
    public void Record_otherWordsForTheSameType_isShared()
    {
        ApiField words = Field("u64 value", 0, 8) with { C = "unsigned long long value" };
        GeneratorHost host = Two([Same], [Struct("kvm_same", 8, 8, words) with { Header = "asm/kvm.h" }]);
        Assert.Contains("KvmInterop.Native.kvm_same", host.Sources.Keys);
    }

    [Fact]
    public void Models_inAnyOrder_giveTheSameFiles()
    {
        ApiDocument x64 = Model().With(Same);
        ApiDocument arm64 = Model("arm64").With(Same, Struct("kvm_only", 4, 4, Field("u32 a", 0, 4)));
        GeneratorHost one = new(InputText.Of(x64), InputText.Of(arm64));
        GeneratorHost other = new(InputText.Of(arm64), InputText.Of(x64));
        Assert.Equal(one.Sources.OrderBy(pair => pair.Key), other.Sources.OrderBy(pair => pair.Key));
    }

    [Fact]
    public Task Constants_ofTwoArchitectures_areSharedWhenEqual()
    {
        GeneratorHost host = new(
            InputText.Of(
                Model().With(Constant("KVM_A", "1"), Constant("KVM_B", "2"), Constant("KVM_ONLY", "5"))),
            InputText.Of(Model("arm64").With(Constant("KVM_A", "1"), Constant("KVM_B", "3"))));
        host.CompilesWithoutWarnings();
        return Verify(Files(host, "KvmApi")).ToTask();
    }

    [Fact]
    public Task Requests_thatDiffer_arePickedByTheProcess()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Ioctl("KVM_RUN", 0xAE80))),
            InputText.Of(Model("mips64").With(Ioctl("KVM_RUN", 0x2000AE80))),
            InputText.Of(Model("ppc64le").With(Ioctl("KVM_RUN", 0x2000AE80))),
            InputText.Of(Knowledge(Row("KVM_RUN", "vcpu", "none"))));
        host.CompilesWithoutWarnings();
        return Verify(Files(host, "Ioctl.KVM_RUN", "KvmRequests", "KvmNames", ".Requests")).ToTask();
    }

    [Fact]
    public Task Ioctls_whoseRecordDiffers_areExtensions()
    {
        ApiIoctl get = Ioctl("KVM_GET_REGS", 0x8008AE81, "read", "struct kvm_regs");
        GeneratorHost host = new(
            InputText.Of(Model().With(Struct("kvm_regs", 8, 8, Field("u64 rip", 0, 8))).With(get)),
            InputText.Of(Model("arm64").With(Struct("kvm_regs", 8, 8, Field("u64 pc", 0, 8))).With(get)),
            InputText.Of(Knowledge(Row("KVM_GET_REGS", "vcpu", "out", "regs"))));
        host.CompilesWithoutWarnings(
            """
            internal static class Consumer
            {
                internal static ulong Both(KvmInterop.Native.KvmVcpuFd fd)
                {
                    KvmInterop.Native.X64.KvmIoctlsX64.GetRegs(fd, out var x64);
                    KvmInterop.Native.Arm64.KvmIoctlsArm64.GetRegs(fd, out var arm64);
                    return x64.rip + arm64.pc;
                }
            }
            """);
        return Verify(Files(host, "Ioctl.KVM_GET_REGS")).ToTask();
    }

    [Fact]
    public void Ioctl_recordOfOneArchitectureOnly_isTypedForAll()
    {
        ApiIoctl reinject = Ioctl("KVM_REINJECT", 0xAE71);
        GeneratorHost host = new(
            InputText.Of(Model().With(Same).With(reinject)),
            InputText.Of(Model("arm64").With(reinject)),
            InputText.Of(Knowledge(Row("KVM_REINJECT", "vm", "in", "control", "struct kvm_same"))));
        host.CompilesWithoutWarnings();
        Assert.Contains(
            "int Reinject(in kvm_same control)", host["Ioctl.KVM_REINJECT"], StringComparison.Ordinal);
    }

    [Fact]
    public void Ioctl_recordThatDiffersAndIsMissingHere_isAPointer()
    {
        ApiIoctl ioctl = Ioctl("KVM_X", 0xAE71);
        GeneratorHost host = new(
            InputText.Of(Model().With(Struct("kvm_x", 8, 8, Field("u64 a", 0, 8))).With(ioctl)),
            InputText.Of(Model("arm64").With(Struct("kvm_x", 8, 8, Field("s64 a", 0, 8))).With(ioctl)),
            InputText.Of(Model("riscv64").With(ioctl)),
            InputText.Of(Knowledge(Row("KVM_X", "vm", "in", "x", "struct kvm_x"))));
        host.CompilesWithoutWarnings();
        Assert.Contains(
            "int X(this KvmVmFd fd, void* x)", host["RiscV64.Ioctl.KVM_X"], StringComparison.Ordinal);
        Assert.Contains("in kvm_x x", host["Arm64.Ioctl.KVM_X"], StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_ofEveryModel_exist()
    {
        GeneratorHost host = new(InputText.Of(Model()), InputText.Of(Model("loongarch64")));
        host.CompilesWithoutWarnings(
            """
            using KvmInterop.Native;
            using KvmInterop.Native.X64;
            using KvmInterop.Native.LoongArch64;
            internal static class Consumer
            {
                internal static string All => nameof(KvmApi) + nameof(KvmApiX64) + nameof(KvmApiLoongArch64);
            }
            """);
    }

    [Fact]
    public Task RunOffsets_ofTwoArchitectures_arePickedByTheProcess()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Struct(
                "kvm_run", 16, 8, Field("u8 immediate_exit", 1, 1), Field("u64 cr8", 8, 8)))),
            InputText.Of(Model("s390x").With(Struct(
                "kvm_run", 24, 8, Field(
                    "u8 immediate_exit", 1, 1), Field("u64 cr8", 16, 8), Field("u64 psw", 8, 8)))));
        host.CompilesWithoutWarnings();
        return Verify(host["KvmRunOffsets"]).ToTask();
    }

    [Fact]
    public void Namespaces_twoInOneProject_areApart()
    {
        GeneratorHost host = new(
            new InputText("old/x64.api.json", Model().With(Same).Json()) { Namespace = "My.Old" },
            new InputText("new/x64.api.json", Model().With(Same).Json()) { Namespace = "My.New" },
            InputText.Of(Knowledge()));
        host.CompilesWithoutWarnings();
        Assembly assembly = host.Load();
        Assert.NotNull(assembly.GetType("My.Old.kvm_same"));
        Assert.NotNull(assembly.GetType("My.New.kvm_same"));
    }

    [Fact]
    public void Namespace_ofTheProject_isUsed()
    {
        GeneratorHost host = new(
            new Dictionary<string, string> { ["build_property.KvmNamespace"] = "My.Kvm" },
            InputText.Of(Model().With(Same)));
        host.CompilesWithoutWarnings();
        Assert.NotNull(host.Load().GetType("My.Kvm.kvm_same"));
        Assert.All(host.Sources.Keys, name => Assert.StartsWith("My.Kvm.", name, StringComparison.Ordinal));
    }

    private static GeneratorHost Two(ApiRecord[] x64, ApiRecord[] arm64) =>
        new(InputText.Of(Model().With(x64)), InputText.Of(Model("arm64").With(arm64)));

    private static string Files(GeneratorHost host, params string[] parts) => string.Join(
        "\n",
        host.Sources
            .Where(source => parts.Any(part => source.Key.Contains(part, StringComparison.Ordinal)))
            .OrderBy(source => source.Key, StringComparer.Ordinal)
            .Select(source => $"==== {source.Key}\n{source.Value}"));
}
