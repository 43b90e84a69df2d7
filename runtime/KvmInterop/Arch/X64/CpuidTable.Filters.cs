using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics.X86;
using KvmInterop.Native;

namespace KvmInterop;

// What every VMM changes of the host's leaves. Leaves and bits are the processor's (Intel SDM volume 2,
// CPUID; AMD APM volume 3, appendix E) and KVM's own (kernel: virt/kvm/x86/cpuid.rst).
public sealed partial class CpuidTable
{
    private const uint Features = 0x1;
    private const uint CacheParameters = 0x4;
    private const uint PerformanceMonitoring = 0xa;
    private const uint Topology = 0xb;
    private const uint TopologyV2 = 0x1f;
    private const uint HypervisorSignature = 0x40000000;
    private const uint HypervisorFeatures = 0x40000001;
    private const uint ExtendedFeatures = 0x80000001;
    private const uint ProcessorName = 0x80000002;
    private const uint FirstLevelCaches = 0x80000005;
    private const uint ExtendedSizes = 0x80000008;
    private const uint ExtendedCacheParameters = 0x8000001d;
    private const uint ExtendedTopology = 0x8000001e;
    private const uint ExtendedPerformanceMonitoring = 0x80000022;

    /// <summary>With or without the bit that says that there is a hypervisor (leaf 1, ECX bit 31).</summary>
    /// <remarks>
    /// Without it guests do not look for KVM, and so use neither its clock nor its other offers. Older
    /// kernels (6.1) do not set it in what they say is supported.
    /// </remarks>
    public CpuidTable WithHypervisorBit(bool isSet = true) =>
        WithFlag(Features, CpuidRegister.Ecx, 31, isSet);

    /// <summary>
    /// With KVM's signature in leaf 0x40000000, by which a guest finds it, and the hypervisor bit.
    /// </summary>
    /// <param name="features">What KVM offers beyond the processor (leaf 0x40000001, EAX); null for what the
    /// table has.</param>
    public CpuidTable WithKvmSignature(uint? features = null)
    {
        ReadOnlySpan<byte> signature = "KVMKVMKVM\0\0\0"u8;
        return With(new kvm_cpuid_entry2
        {
            function = HypervisorSignature,
            eax = HypervisorFeatures,
            ebx = BinaryPrimitives.ReadUInt32LittleEndian(signature),
            ecx = BinaryPrimitives.ReadUInt32LittleEndian(signature[4..]),
            edx = BinaryPrimitives.ReadUInt32LittleEndian(signature[8..]),
        })
            .With(new kvm_cpuid_entry2
            {
                function = HypervisorFeatures,
                eax = features ?? Find(HypervisorFeatures)?.eax ?? 0,
                edx = Find(HypervisorFeatures)?.edx ?? 0,
            })
            .WithHypervisorBit();
    }

    /// <summary>
    /// With the name of this machine's processor and, on AMD's, its first-level caches (leaves 80000002h to
    /// 80000005h): what KVM supports has zeros there.
    /// </summary>
    public CpuidTable WithProcessorName()
    {
        CpuidTable named = this;
        for (uint leaf = ProcessorName; X86Base.IsSupported && leaf <= FirstLevelCaches; leaf++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId((int)leaf, 0);
            named = named.With(new kvm_cpuid_entry2
            {
                function = leaf, eax = (uint)eax, ebx = (uint)ebx, ecx = (uint)ecx, edx = (uint)edx,
            });
        }

        return named;
    }

    /// <summary>With or without the local APIC's timer by time-stamp (leaf 1, ECX bit 24).</summary>
    /// <remarks>KVM offers it with an interrupt controller in the kernel (KVM_CAP_TSC_DEADLINE_TIMER), and
    /// does not list it.</remarks>
    public CpuidTable WithTscDeadlineTimer(bool isSet = true) =>
        WithFlag(Features, CpuidRegister.Ecx, 24, isSet);

    /// <summary>Without performance counters, of Intel's and of AMD's kind.</summary>
    public CpuidTable WithoutPerformanceMonitoring() =>
        With(PerformanceMonitoring, 0, Clear)
            .With(ExtendedPerformanceMonitoring, 0, Clear)
            .WithFlag(Features, CpuidRegister.Ecx, 15, false)
            .WithBits(ExtendedFeatures, 0, CpuidRegister.Ecx, 0, 1u << 23 | 1u << 24 | 1u << 28);

    /// <summary>
    /// With a vCPU's APIC id, in every leaf that has one. Without it all vCPUs say that they are the one that
    /// asked the host.
    /// </summary>
    /// <param name="apicId">The vCPU's id.</param>
    public CpuidTable WithApicId(uint apicId) => WithEach((ref kvm_cpuid_entry2 entry, int _) =>
    {
        switch (entry.function)
        {
            case Features:
                entry.ebx = (entry.ebx & 0x00ffffff) | apicId << 24;
                break;
            case Topology or TopologyV2:
                entry.edx = apicId;
                break;
            case ExtendedTopology:
                entry.eax = apicId;
                break;
            default:
                break;
        }
    });

    /// <summary>
    /// With one package of cores and threads, and this vCPU's APIC id in it: the thread's number in the low
    /// bits, the core's above.
    /// </summary>
    /// <param name="apicId">The vCPU's id.</param>
    /// <param name="cores">Cores of the package, 1 or more.</param>
    /// <param name="threadsPerCore">Hardware threads of each core, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or they make more than 65,536
    /// threads.</exception>
    public CpuidTable WithTopology(uint apicId, int cores, int threadsPerCore = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cores);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threadsPerCore);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)cores * threadsPerCore, 1 << 16, nameof(cores));
        int threadBits = BitsFor(threadsPerCore);
        CpuidShape shape = new(
            (uint)(cores * threadsPerCore), (uint)threadsPerCore, threadBits, threadBits + BitsFor(cores));
        CpuidTable table = Find(Topology) is null ? this : WithLevels(Topology, shape);
        table = table.Find(TopologyV2) is null ? table : table.WithLevels(TopologyV2, shape);
        return table.WithEach((ref kvm_cpuid_entry2 entry, int _) => shape.Apply(ref entry, apicId))
            .WithApicId(apicId);
    }

    private static int BitsFor(int count) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)count));

    private static void Clear(ref kvm_cpuid_entry2 entry) =>
        (entry.eax, entry.ebx, entry.ecx, entry.edx) = (0, 0, 0, 0);

    private CpuidTable WithFlag(uint leaf, CpuidRegister register, int bit, bool isSet) =>
        WithBits(leaf, 0, register, isSet ? 1u << bit : 0, isSet ? 0 : 1u << bit);

    // Leaves 0xb and 0x1f: a subleaf for each level, and an empty one that ends them.
    private CpuidTable WithLevels(uint leaf, CpuidShape shape)
    {
        CpuidTable table = Without(leaf);
        for (uint level = 0; level <= CpuidShape.Levels; level++)
        {
            table = table.With(shape.Level(leaf, level));
        }

        return table;
    }

    /// <summary>The numbers of a package, and how the leaves write them.</summary>
    private readonly record struct CpuidShape(
        uint Threads, uint ThreadsPerCore, int CoreShift, int PackageShift)
    {
        internal const uint Levels = 2;

        internal kvm_cpuid_entry2 Level(uint leaf, uint level) => new()
        {
            function = leaf,
            index = level,
            flags = KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
            eax = level switch { 0 => (uint)CoreShift, 1 => (uint)PackageShift, _ => 0 },
            ebx = level switch { 0 => ThreadsPerCore, 1 => Threads, _ => 0 },
            ecx = level | (level < Levels ? level + 1 : 0) << 8,
        };

        internal void Apply(ref kvm_cpuid_entry2 entry, uint apicId)
        {
            switch (entry.function)
            {
                case Features:
                    // The ids that the package may use, and that there is more than one.
                    entry.ebx = (entry.ebx & 0xff00ffff) | Math.Min(1u << PackageShift, 255) << 16;
                    entry.edx = WithBit(entry.edx, 28, Threads > 1);
                    break;
                case CacheParameters when (entry.eax & 0x1f) != 0:
                    // Bits 26 to 31: the cores' ids; bits 14 to 25: the threads' that share this cache.
                    uint cores = Math.Min((1u << (PackageShift - CoreShift)) - 1, 0x3f);
                    entry.eax = (entry.eax & 0x00003fff) | Sharing(entry.eax) << 14 | cores << 26;
                    break;
                case ExtendedFeatures:
                    // Not a processor with hyper-threads of the old kind, but one with cores.
                    entry.ecx = WithBit(entry.ecx, 1, Threads > 1);
                    break;
                case ExtendedSizes:
                    entry.ecx = (entry.ecx & 0xffff0f00) | (uint)PackageShift << 12
                        | Math.Min(Threads - 1, 255);
                    break;
                case ExtendedCacheParameters when (entry.eax & 0x1f) != 0:
                    entry.eax = (entry.eax & ~(0xfffu << 14)) | Sharing(entry.eax) << 14;
                    break;
                case ExtendedTopology:
                    entry.ebx = (entry.ebx & 0xffff0000) | (ThreadsPerCore - 1) << 8
                        | (apicId >> CoreShift & 0xff);
                    entry.ecx = 0;
                    break;
                default:
                    break;
            }
        }

        private static uint WithBit(uint bits, int bit, bool isSet) =>
            isSet ? bits | 1u << bit : bits & ~(1u << bit);

        // Caches of the first two levels belong to a core, the others to the package.
        private uint Sharing(uint eax) =>
            Math.Min((1u << ((eax >> 5 & 0x7) <= 2 ? CoreShift : PackageShift)) - 1, 0xfff);
    }
}
