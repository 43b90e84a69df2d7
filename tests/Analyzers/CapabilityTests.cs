using KvmInterop.Analyzers;

namespace KvmInterop.Tests.Analyzers;

/// <summary>KVM0002.</summary>
public sealed class CapabilityTests
{
    [Fact]
    public async Task Call_whoseCapabilityIsNowhereChecked_isAnInformation()
    {
        IReadOnlyList<string> messages = await Verify("vm.Fd.[|Irqfd|](new kvm_irqfd());");

        Assert.Equal(
            ["Info KVM0002: 'KvmVmFd.Irqfd' needs KVM_CAP_IRQFD, which this program nowhere checks: "
                + "ask CheckExtension or Require for it"],
            messages);
    }

    [Fact]
    public Task Calls_severalOfThem_areReportedEach() =>
        Verify("vm.Fd.[|Irqfd|](new kvm_irqfd()); vm.Fd.[|Ioeventfd|](new kvm_ioeventfd()); vcpu.Fd.Run();");

    [Theory]
    [InlineData("vm.Require(KvmCapability.KVM_CAP_IRQFD);")]
    [InlineData("if (vm.CheckExtension(KvmCapability.KVM_CAP_IRQFD) == 0) return;")]
    [InlineData("vm.Fd.CheckExtension((nuint)KvmApi.KVM_CAP_IRQFD);")]
    [InlineData("foreach (KvmCapability each in new[] { KvmCapability.KVM_CAP_IRQFD }) vm.Require(each);")]
    public Task Capability_checkedSomewhere_isEnough(string check) => Analysis.Verify(
        new CapabilityAnalyzer(),
        $"class A {{ void M() {{ {check} }} }} class B {{ void M() {{ vm.Fd.Irqfd(new kvm_irqfd()); }} }}");

    [Fact]
    public Task Capability_ofAnotherName_isNotEnough() =>
        Verify("vm.Require(KvmCapability.KVM_CAP_IOEVENTFD); vm.Fd.[|Irqfd|](new kvm_irqfd());");

    [Fact]
    public Task Capability_onlyNamed_isNotEnough() =>
        Verify("string name = nameof(KvmCapability.KVM_CAP_IRQFD); vm.Fd.[|Irqfd|](new kvm_irqfd());");

    [Theory]
    [InlineData("", "KVM_CAP_A or KVM_CAP_B")]
    [InlineData("KVM_CAP_A", "")]
    [InlineData("KVM_CAP_B", "")]
    public async Task Capabilities_ofWhichAnyWillDo_areEnoughEach(string asked, string missing)
    {
        string call = missing.Length > 0 ? "[|Call|]" : "Call";
        string check = asked.Length > 0 ? $"Check(Capability.{asked});" : "";
        IReadOnlyList<string> messages = await Analysis.Verify(
            new CapabilityAnalyzer(),
            $$"""
            namespace My.Kvm
            {
                enum Capability { KVM_CAP_A, KVM_CAP_B }
                sealed class KvmCapabilitiesAttribute(params string[] names) : Attribute { }
                class C
                {
                    [KvmCapabilities("KVM_CAP_A", "KVM_CAP_B")] static void Call() { }
                    static void Check(Capability one) { }
                    static void M() { {{check}} {{call}}(); }
                }
            }
            """);

        Assert.Equal(missing.Length > 0, messages.Count == 1);
        Assert.All(messages, message => Assert.Contains(missing, message, StringComparison.Ordinal));
    }

    private static Task<IReadOnlyList<string>> Verify(string code) =>
        Analysis.Verify(new CapabilityAnalyzer(), $"class C {{ void M() {{ {code} }} }}");
}
