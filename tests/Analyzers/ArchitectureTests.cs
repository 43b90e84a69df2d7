using KvmInterop.Analyzers;

namespace KvmInterop.Tests.Analyzers;

/// <summary>KVM0001: what is reported, and where.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public async Task Call_ofTheRuntime_isReportedAtItsName()
    {
        IReadOnlyList<string> messages = await Verify("vcpu.[|GetRegisters|]();");

        Assert.Equal(
            ["Warning KVM0001: 'Vcpu.GetRegisters' needs X64, and this code can run on another architecture: "
                + "check RuntimeInformation.ProcessArchitecture first"],
            messages);
    }

    [Fact]
    public async Task Call_ofAnExtension_namesTheFile()
    {
        IReadOnlyList<string> messages = await Verify("vcpu.Fd.[|GetRegs|](out kvm_regs registers);");

        Assert.StartsWith(
            "Warning KVM0001: 'KvmVcpuFd.GetRegs' needs X64", messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ofASharedMethodWithAttribute_namesItsArchitectures()
    {
        IReadOnlyList<string> messages = await Verify("vcpu.[|GetRegisterIds|]();");

        Assert.Contains("needs X64 or Arm64 or RiscV64, and", messages[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vm.[|GetPreferredTarget|]();")]
    [InlineData("vcpu.[|Initialize|]([]);")]
    [InlineData("vcpu?.[|Initialize|]([]);")]
    [InlineData("var regs = new [|kvm_regs|] { rip = 1 };")]
    [InlineData("kvm_regs regs = [|new() { rip = 1 }|];")]
    [InlineData("uint request = KvmApiX64.[|KVM_GET_REGS|];")]
    [InlineData("ulong mask = KvmApi.[|KVM_REG_ARM_CORE|];")]
    [InlineData("Func<kvm_regs> get = vcpu.[|GetRegisters|];")]
    [InlineData("ref kvm_run run = ref MemoryMarshal.[|AsRef<kvm_run>|](new byte[4096].AsSpan());")]
    [InlineData("Action later = () => vcpu.[|GetRegisters|]();")]
    [InlineData("void Local() => vcpu.[|GetRegisters|](); Local();")]
    [InlineData("ulong id = KvmInterop.Native.Arm64.KvmApiArm64.[|ARM64_CORE_REG|]("
        + "KvmInterop.Native.Arm64.kvm_regs_member.[|regs|].pc);")]
    public Task Use_withoutACheck_isReported(string code) => Verify(code);

    [Theory]
    [InlineData("kvm_regs regs = default; regs.rip = 1; ulong rip = regs.rip;")]
    [InlineData("unsafe { int size = sizeof(kvm_regs); }")]
    [InlineData("string name = nameof(KvmApiX64.KVM_GET_REGS) + typeof(kvm_regs);")]
    [InlineData("vcpu.SetRegister(0, 1ul); vcpu.BeginRun().Run();")]
    [InlineData("vm.CheckExtension(KvmCapability.KVM_CAP_X86_DISABLE_EXITS);")]
    [InlineData("vm.Fd.CheckExtension((nuint)KvmApi.KVM_CAP_X86_DISABLE_EXITS);")]
    [InlineData("bool isTdx = KvmExitReason.KVM_EXIT_TDX == default;")]
    public Task Use_thatNeedsNoMachine_isNotReported(string code) => Verify(code);

    [Theory]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64) vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64) vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.OSArchitecture == Architecture.X64) vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64) "
        + "vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.X64 || "
        + "Environment.Is64BitProcess) "
        + "vcpu.[|GetRegisters|]();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.X64) { } "
        + "vcpu.[|GetRegisters|]();")]
    [InlineData("switch (RuntimeInformation.ProcessArchitecture) { case Architecture.X64: "
        + "case Architecture.S390x: vcpu.[|GetRegisters|](); break; }")]
    [InlineData("switch (RuntimeInformation.ProcessArchitecture) { case Architecture.X64: break; "
        + "default: vcpu.[|GetRegisters|](); break; }")]
    [InlineData("var a = RuntimeInformation.ProcessArchitecture; a = Architecture.X64; "
        + "if (a == Architecture.X64) vcpu.[|GetRegisters|]();")]
    [InlineData("try { if (RuntimeInformation.ProcessArchitecture != Architecture.X64) throw new "
        + "Exception(); } "
        + "catch (Exception) { } vcpu.[|GetRegisters|]();")]
    [InlineData("void Local() => vcpu.[|GetRegisters|](); "
        + "if (RuntimeInformation.ProcessArchitecture == Architecture.X64) Local(); Local();")]
    [InlineData("bool isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64; isX64 |= true; "
        + "if (isX64) vcpu.[|GetRegisters|]();")]
    public Task Use_behindAnotherCheck_isReported(string code) => Verify(code);

    [Fact]
    public Task Namespace_ofSomebodysOwnBindings_isReported() => Analysis.Verify(
        new ArchitectureAnalyzer(),
        """
        namespace My.Kvm
        {
            sealed class KvmArchitecturesAttribute : Attribute { }
        }
        namespace My.Kvm.Arm64
        {
            static class KvmApiArm64 { public const uint KVM_X = 1; }
        }
        namespace My.Images.Arm64
        {
            static class Image { public static int Load() => 1; }
        }
        class C
        {
            uint own = My.Kvm.Arm64.KvmApiArm64.[|KVM_X|];
            int image = My.Images.Arm64.Image.Load();
        }
        """);

    [Fact]
    public Task Member_withAttribute_isReportedWhereItIsUsed() => Analysis.Verify(
        new ArchitectureAnalyzer(),
        """
        [KvmArchitectures(KvmArchitecture.X64)]
        class Machine86
        {
            public static void Start() => vcpu.GetRegisters();
            public static ulong Rip => vcpu.GetRegisters().rip;
        }
        class C
        {
            void Use()
            {
                Machine86.[|Start|]();
                _ = Machine86.[|Rip|];
                _ = new [|Machine86|]();
            }
        }
        """);

    private static Task<IReadOnlyList<string>> Verify(string code) =>
        Analysis.Verify(new ArchitectureAnalyzer(), $"class C {{ void M() {{ {code} }} }}");
}
