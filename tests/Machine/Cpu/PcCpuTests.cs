using KvmInterop.Machine.Cpu;
using KvmInterop.Native;

namespace KvmInterop.Tests.Machine.Cpu;

/// <summary>CPUID of machines with several processors, and what a vCPU is given before its first run.</summary>
public sealed class PcCpuTests
{
    // What a host of either make may offer, in the leaves that are changed.
    private static readonly CpuidTable Host = new(
        Leaf(0x1, ebx: 0xff00_0800, ecx: 1u << 15, edx: 0),
        Leaf(0x4, eax: 0x121, index: 0, flags: KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX),
        Leaf(0x6, ecx: 0x9),
        Leaf(0xa, eax: 0x07300404),
        Leaf(0xb, edx: 77, flags: KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX),
        Leaf(0x1f, edx: 77, flags: KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX),
        Leaf(0x40000001, eax: 0x0100_7efb),
        Leaf(0x80000008, ecx: 0x703f),
        Leaf(0x8000001e, eax: 77));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 4)]
    [InlineData(3, 4)]
    [InlineData(63, 64)]
    [InlineData(4, 5)]
    public void Cpuid_hasTheIdInEveryLeafThatHasOne(int id, int cpus)
    {
        CpuidTable table = PcCpu.Cpuid(Host, id, cpus, hasDeadlineTimer: true);

        Assert.Equal((uint)id, table.Find(1)!.Value.ebx >> 24);
        Assert.Equal((uint)id, table.Find(0xb, 0)!.Value.edx);
        Assert.Equal((uint)id, table.Find(0xb, 1)!.Value.edx);
        Assert.Equal((uint)id, table.Find(0x1f, 1)!.Value.edx);
        Assert.Equal((uint)id, table.Find(0x8000001e)!.Value.eax);
        Assert.Equal((uint)cpus, table.Find(0xb, 1)!.Value.ebx & 0xffff);
        Assert.Equal((uint)cpus - 1, table.Find(0x80000008)!.Value.ecx & 0xff);

        // The ids of all must be below what the package's bits hold.
        Assert.InRange(cpus, 1, 1 << (int)table.Find(0xb, 1)!.Value.eax);
        Assert.Equal(cpus > 1, (table.Find(1)!.Value.edx & 1 << 28) != 0);
    }

    [Fact]
    public void Cpuid_ofAGuest_hasTheHypervisorAndNoCounters()
    {
        CpuidTable table = PcCpu.Cpuid(Host, 0, 1, hasDeadlineTimer: true);

        kvm_cpuid_entry2 features = table.Find(1)!.Value;
        Assert.Equal(1u << 31 | 1u << 24, features.ecx & (1u << 31 | 1u << 24 | 1u << 15));
        Assert.Equal(0u, table.Find(0xa)!.Value.eax);
        Assert.Equal(1u, table.Find(6)!.Value.ecx);
        Assert.Equal("KVMK"u8, BitConverter.GetBytes(table.Find(0x40000000)!.Value.ebx));
        Assert.Equal(0x01007efbu, table.Find(0x40000001)!.Value.eax);
        Assert.Equal(
            0u, PcCpu.Cpuid(Host, 0, 1, hasDeadlineTimer: false).Find(1)!.Value.ecx & 1u << 24);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 65)]
    [InlineData(2, 2)]
    [InlineData(-1, 2)]
    public void Cpuid_ofNoCpu_isRefused(int id, int cpus) => Assert.Throws<ArgumentOutOfRangeException>(
        () => PcCpu.Cpuid(Host, id, cpus, hasDeadlineTimer: true));

    [SkippableFact]
    public void Initialize_setsPinsAndRegisters()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        vm.CreateIrqChip();
        using Vcpu vcpu = vm.CreateVcpu();
        vcpu.SetCpuid(PcCpu.Cpuid(CpuidTable.From(kvm.GetSupportedCpuid()), 0, 1, hasDeadlineTimer: true));

        PcCpu.Initialize(vcpu);

        kvm_lapic_state lapic = vcpu.GetLapic();
        Assert.Equal(0x700u, LapicRegisters.Read(in lapic, 0x350) & 0x10700);
        Assert.Equal(0x400u, LapicRegisters.Read(in lapic, 0x360) & 0x10700);
        Assert.Equal(0x37f, vcpu.GetFpu().fcw);
        Assert.Equal(1ul, vcpu.GetMsr(0x1a0) & 1);
        Assert.Equal(0x806ul, vcpu.GetMsr(0x2ff));
    }

    private static kvm_cpuid_entry2 Leaf(
        uint function, uint eax = 0, uint ebx = 0, uint ecx = 0, uint edx = 0, uint index = 0, uint flags = 0)
        => new()
        {
            function = function,
            index = index,
            flags = flags,
            eax = eax,
            ebx = ebx,
            ecx = ecx,
            edx = edx,
        };
}
