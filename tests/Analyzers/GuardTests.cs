using KvmInterop.Analyzers;

namespace KvmInterop.Tests.Analyzers;

/// <summary>KVM0001: every form of check that is accepted.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.X64) { vcpu.GetRegisters(); }")]
    [InlineData("if (Architecture.X64 == RuntimeInformation.ProcessArchitecture) vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) { } else "
        + "vcpu.GetRegisters();")]
    [InlineData("if (!(RuntimeInformation.ProcessArchitecture == Architecture.X64)) return; "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) throw new Exception(); "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture is Architecture.X64) vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture is not Architecture.X64) return; "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or "
        + "Architecture.Arm64)) return; "
        + "vcpu.GetRegisterIds();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.X64 && "
        + "Environment.Is64BitProcess) "
        + "vcpu.GetRegisters();")]
    [InlineData("if (Environment.Is64BitProcess && RuntimeInformation.ProcessArchitecture == "
        + "Architecture.X64) "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || "
        + "!Environment.Is64BitProcess) "
        + "return; vcpu.GetRegisters();")]
    [InlineData("bool ok = RuntimeInformation.ProcessArchitecture == Architecture.X64 "
        + "&& vcpu.GetRegisters().rip == 0;")]
    [InlineData("bool ok = RuntimeInformation.ProcessArchitecture != Architecture.X64 "
        + "|| vcpu.GetRegisters().rip == 0;")]
    [InlineData("ulong pc = RuntimeInformation.ProcessArchitecture == Architecture.X64 "
        + "? vcpu.GetRegisters().rip : 0;")]
    [InlineData("ulong pc = RuntimeInformation.ProcessArchitecture switch { "
        + "Architecture.X64 => vcpu.GetRegisters().rip, Architecture.Arm64 => Init(), _ => 0 }; "
        + "ulong Init() { vcpu.Initialize([]); return 0; }")]
    [InlineData("switch (RuntimeInformation.ProcessArchitecture) { case Architecture.X64: "
        + "vcpu.GetRegisters(); "
        + "break; case Architecture.Arm64: vcpu.Initialize([]); break; }")]
    [InlineData("switch (RuntimeInformation.ProcessArchitecture) { case Architecture.Arm64: return; "
        + "case not Architecture.X64: return; default: break; } vcpu.GetRegisters();")]
    [InlineData("var here = RuntimeInformation.ProcessArchitecture; if (here == Architecture.X64) "
        + "vcpu.GetRegisters();")]
    [InlineData("var here = RuntimeInformation.ProcessArchitecture; switch (here) { case Architecture.X64: "
        + "vcpu.GetRegisters(); break; }")]
    [InlineData("bool isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64; if (isX64) "
        + "vcpu.GetRegisters();")]
    [InlineData("bool isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64; if (!isX64) "
        + "return; "
        + "vcpu.GetRegisters();")]
    [InlineData("if (KvmHost.Architecture == KvmArchitecture.X64) vcpu.GetRegisters();")]
    [InlineData("if (KvmHost.Architecture is KvmArchitecture.X64) vcpu.GetRegisters();")]
    [InlineData("if ((KvmHost.Architecture & (KvmArchitecture.X64 | KvmArchitecture.Arm64)) != 0) "
        + "vcpu.GetRegisterIds();")]
    [InlineData("if (KvmHost.Architecture.HasFlag(KvmArchitecture.X64)) vcpu.GetRegisters();")]
    [InlineData("Debug.Assert(RuntimeInformation.ProcessArchitecture == Architecture.X64); "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) Environment.FailFast(null); "
        + "vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; "
        + "Action later = () => vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; "
        + "try { Action later = () => vcpu.GetRegisters(); later(); } finally { vcpu.GetRegisters(); }")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; Local(); "
        + "void Local() => vcpu.GetRegisters();")]
    [InlineData("while (RuntimeInformation.ProcessArchitecture == Architecture.X64) vcpu.GetRegisters();")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return; "
        + "try { vcpu.GetRegisters(); } catch (Exception) { vcpu.GetRegisters(); } finally { "
        + "vcpu.GetRegisters(); }")]
    [InlineData("if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64) return; "
        + "if (RuntimeInformation.ProcessArchitecture is Architecture.S390x or Architecture.RiscV64 "
        + "or Architecture.Ppc64le or Architecture.LoongArch64) return; vcpu.GetRegisters();")]
    [InlineData("[KvmArchitectures(KvmArchitecture.X64)] void Local() => vcpu.GetRegisters();")]
    public Task Check_inTheBody_isAccepted(string code) =>
        Analysis.Verify(new ArchitectureAnalyzer(), $"class C {{ void M() {{ {code} }} }}");

    [Theory]
    [InlineData("class C { [KvmArchitectures(KvmArchitecture.X64)] void M() => vcpu.GetRegisters(); }")]
    [InlineData("[KvmArchitectures(KvmArchitecture.X64)] class C { void M() => vcpu.GetRegisters(); }")]
    [InlineData("[KvmArchitectures(KvmArchitecture.X64)] class C { class D { object r = new kvm_regs(); } }")]
    [InlineData("class C { [KvmArchitectures(KvmArchitecture.X64)] ulong Rip => vcpu.GetRegisters().rip; }")]
    [InlineData("[assembly: KvmArchitectures(KvmArchitecture.X64)] class C { void M() => "
        + "vcpu.GetRegisters(); }")]
    [InlineData("class C { [KvmArchitectures(KvmArchitecture.X64)] C() : this(KvmApiX64.KVM_GET_REGS) { } "
        + "C(uint request) { } }")]
    public Task Attribute_aroundTheCode_isAccepted(string code) =>
        Analysis.Verify(new ArchitectureAnalyzer(), code);

    [Theory]
    [InlineData("RuntimeIdentifier", "linux-x64")]
    [InlineData("RuntimeIdentifier", "linux-musl-x64")]
    [InlineData("PlatformTarget", "x64")]
    [InlineData("KvmArchitectures", "X64")]
    public Task Project_ofOneArchitecture_isAccepted(string property, string value) => Analysis.Verify(
        new ArchitectureAnalyzer(), "class C { void M() => vcpu.GetRegisters(); }", (property, value));

    [Theory]
    [InlineData("RuntimeIdentifier", "linux-arm64")]
    [InlineData("PlatformTarget", "AnyCPU")]
    [InlineData("KvmArchitectures", "X64;Arm64")]
    public Task Project_ofOthers_isReported(string property, string value) => Analysis.Verify(
        new ArchitectureAnalyzer(), "class C { void M() => vcpu.[|GetRegisters|](); }", (property, value));
}
