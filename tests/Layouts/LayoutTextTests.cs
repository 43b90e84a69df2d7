using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;
using KvmInterop.Tests.Layouts.Proof;

namespace KvmInterop.Tests.Layouts;

/// <summary>The layout of the records that every machine needs, in a form that people can check.</summary>
public class LayoutTextTests
{
    [Theory]
    [InlineData("kvm_run")]
    [InlineData("kvm_regs")]
    [InlineData("kvm_sregs")]
    [InlineData("kvm_segment")]
    [InlineData("kvm_userspace_memory_region")]
    [InlineData("kvm_cpuid2")]
    [InlineData("kvm_cpuid_entry2")]
    [InlineData("kvm_msrs")]
    [InlineData("kvm_irq_routing")]
    [InlineData("kvm_irq_routing_entry")]
    [InlineData("kvm_ioapic_state")]
    public Task Of_recordOfX64_isAsAccepted(string record) =>
        Verify(Draw("x64", record)).UseDirectory("Snapshots").UseParameters(record);

    [Theory]
    [InlineData("arm64", "kvm_regs")]
    [InlineData("s390x", "kvm_run")]
    [InlineData("s390x", "kvm_sync_regs")]
    [InlineData("riscv64", "kvm_riscv_core")]
    public Task Of_recordOfAnotherArchitecture_isAsAccepted(string architecture, string record) =>
        Verify(Draw(architecture, record)).UseDirectory("Snapshots").UseParameters(architecture, record);

    [Theory]
    [InlineData("bits")]
    [InlineData("mixed")]
    public Task Of_smallRecord_isAsAccepted(string record) =>
        Verify(LayoutText.Of(SmallHeader.Parse(SmallHeader.Model).Records.Single(r => r.Name == record)))
            .UseDirectory("Snapshots").UseParameters(record);

    private static string Draw(string architecture, string record) =>
        LayoutText.Of(Releases.Committed(architecture).Records.Single(r => r.Name == record));
}
