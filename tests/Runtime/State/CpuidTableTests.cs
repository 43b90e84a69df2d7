using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>Edits of CPUID leaves: none needs KVM but the last.</summary>
public class CpuidTableTests
{
    private static readonly CpuidTable Host = new(
        Leaf(0, eax: 0x1f),
        Leaf(1, ebx: 0x07100800, ecx: 1u << 15),
        Subleaf(4, 0, eax: 0x1c004121),
        Subleaf(4, 1, eax: 0x1c03c163),
        Leaf(0xa, eax: 0x7300404, edx: 0x603),
        Subleaf(0xb, 0, edx: 7),
        Subleaf(0xb, 1, edx: 7),
        Leaf(0x80000001, ecx: 1u << 23 | 1),
        Leaf(0x80000008, eax: 0x3030, ecx: 0x7007),
        Leaf(0x8000001e, eax: 7, ebx: 0x107));

    [Fact]
    public void Find_leafWithSubleaves_givesTheSubleaf()
    {
        Assert.Equal(0x1c03c163u, Host.Find(4, 1)?.eax);
        Assert.Null(Host.Find(4, 2));

        // A leaf without subleaves answers for any.
        Assert.Equal(0x1fu, Host.Find(0, 9)?.eax);
    }

    [Fact]
    public void With_entryThatIsThere_replacesItAndLeavesTheOldTable()
    {
        CpuidTable changed = Host.With(Leaf(0, eax: 5)).With(Leaf(7, ebx: 3));

        Assert.Equal((5u, 3u, Host.Count + 1), (changed.Find(0)?.eax, changed.Find(7)?.ebx, changed.Count));
        Assert.Equal(0x1fu, Host.Find(0)?.eax);
    }

    [Fact]
    public void Tables_ofTheSameEntries_areEqual()
    {
        CpuidTable other = Host.With(Leaf(0, eax: 5)).With(Leaf(0, eax: 0x1f));

        Assert.True(Host.Equals(other) && Host.GetHashCode() == other.GetHashCode());
        Assert.False(Host.Equals(Host.Without(4)));
    }

    [Fact]
    public void WithBits_setsAndClearsOneRegister()
    {
        CpuidTable changed = Host.WithBits(0x80000001, 0, CpuidRegister.Ecx, 0b10, 0b1)
            .WithBits(99, 0, CpuidRegister.Eax, 1);

        Assert.Equal(1u << 23 | 0b10, changed.Find(0x80000001)?.ecx);
        Assert.Equal(Host.Count, changed.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Host.WithBits(0, 0, (CpuidRegister)9, 1));
    }

    [Fact]
    public void Without_leaf_takesAllItsSubleaves()
    {
        Assert.Equal(Host.Count - 2, Host.Without(4).Count);
        Assert.All(
            Host.Without(0x80000000, uint.MaxValue), entry => Assert.True(entry.function < 0x80000000));
    }

    [Fact]
    public void Filters_ofTheHypervisor_setItsBitsAndLeaves()
    {
        CpuidTable changed = Host.WithKvmSignature(features: 0x9).WithTscDeadlineTimer();

        Assert.Equal(1u << 15 | 1u << 31 | 1u << 24, changed.Find(1)?.ecx);
        kvm_cpuid_entry2 signature = changed.Find(0x40000000)!.Value;
        Assert.Equal(
            (0x40000001u, 0x4b4d564bu, 0x564b4d56u, 0x4du),
            (signature.eax, signature.ebx, signature.ecx, signature.edx));
        Assert.Equal(0x9u, changed.Find(0x40000001)?.eax);
        Assert.Equal(1u << 15, Host.WithHypervisorBit().WithHypervisorBit(false).Find(1)?.ecx);
    }

    [Fact]
    public void Filter_ofPerformanceMonitoring_leavesNone()
    {
        CpuidTable changed = Host.WithoutPerformanceMonitoring();

        Assert.Equal((0u, 0u), (changed.Find(0xa)?.eax, changed.Find(0xa)?.edx));
        Assert.Equal((0u, 1u), (changed.Find(1)?.ecx, changed.Find(0x80000001)?.ecx));
    }

    [Fact]
    public void WithTopology_fourCoresOfTwoThreads_saysSoInEveryLeaf()
    {
        CpuidTable changed = Host.WithTopology(apicId: 5, cores: 4, threadsPerCore: 2);

        Assert.Equal(0x05080800u, changed.Find(1)?.ebx);
        Assert.Equal(1u << 28, changed.Find(1)?.edx);

        // Cores - 1 above, and the threads that share the cache: 2 of the first level, 8 of the third.
        Assert.Equal((3u << 26 | 1u << 14 | 0x121, 3u << 26 | 7u << 14 | 0x163),
            (changed.Find(4, 0)?.eax, changed.Find(4, 1)?.eax));
        Assert.Equal(
            [(1u, 2u, 0x100u, 5u), (3u, 8u, 0x201u, 5u), (0u, 0u, 0x002u, 5u)],
            changed.Where(entry => entry.function == 0xb)
                .Select(entry => (entry.eax, entry.ebx, entry.ecx, entry.edx)));
        Assert.Equal(0x3007u, changed.Find(0x80000008)?.ecx);
        Assert.Equal((5u, 0x102u), (changed.Find(0x8000001e)?.eax, changed.Find(0x8000001e)?.ebx));
    }

    [Fact]
    public void WithTopology_oneCore_isNoMultiProcessor()
    {
        CpuidTable changed = Host.WithTopology(0, 4).WithTopology(0, 1);

        Assert.Equal((0x00010800u, 0u), (changed.Find(1)?.ebx, changed.Find(1)?.edx));
        Assert.Throws<ArgumentOutOfRangeException>(() => Host.WithTopology(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Host.WithTopology(0, 1 << 16, 2));
    }

    [SkippableFact]
    public void WithProcessorName_hasAText()
    {
        Requires.Architecture(Architecture.X64);
        CpuidTable changed = Host.WithProcessorName();

        uint[] registers = [.. Enumerable.Range(0, 3).Select(i => changed.Find(0x80000002 + (uint)i)!.Value)
            .SelectMany(leaf => (uint[])[leaf.eax, leaf.ebx, leaf.ecx, leaf.edx])];

        // Not always what /proc/cpuinfo has: a kernel may say something else than the processor.
        Assert.Matches("^[ -~]{4,48}$", Encoding.ASCII.GetString(MemoryMarshal.AsBytes<uint>(registers)).Trim('\0'));
    }

    [SkippableFact]
    public void Cpuid_ofAVcpu_hasTheLeavesThatWereSet()
    {
        using X64Machine machine = new(vcpus: 3);

        CpuidTable read = machine.Vcpus[2].GetCpuid();

        // Not its bits: a host may keep some of its own.
        Assert.NotNull(read.Find(0));
        Assert.Equal(2u, read.Find(1)?.ebx >> 24);
        Assert.True(CpuidTable.From(machine.Kvm.GetEmulatedCpuid()).Count >= 0);
        Assert.Equal(read.Count, CpuidTable.From(read.ToBuffer()).Count);
    }

    private static kvm_cpuid_entry2 Leaf(
        uint leaf, uint eax = 0, uint ebx = 0, uint ecx = 0, uint edx = 0) =>
        new() { function = leaf, eax = eax, ebx = ebx, ecx = ecx, edx = edx };

    private static kvm_cpuid_entry2 Subleaf(uint leaf, uint index, uint eax = 0, uint edx = 0) => new()
    {
        function = leaf,
        index = index,
        flags = KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
        eax = eax,
        edx = edx,
    };
}
