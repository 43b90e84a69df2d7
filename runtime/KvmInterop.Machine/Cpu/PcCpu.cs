using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Machine.Cpu;

/// <summary>What every vCPU of a PC is given before its first run, as firmware would leave it.</summary>
public static class PcCpu
{
    /// <summary>More than that a machine of this library does not have: local APIC ids of 8 bits, and tables
    /// made for them.</summary>
    public const int MostCpus = 64;

    // Leaf 6, ECX bit 3: a performance bias that guests would warn of (Intel SDM volume 2, CPUID).
    private const uint ThermalLeaf = 0x6;
    private const uint EnergyPerformanceBias = 1 << 3;

    // Intel SDM volume 4: IA32_MISC_ENABLE with fast strings, IA32_MTRR_DEF_TYPE enabled with write-back.
    private const uint MiscEnable = 0x1a0;
    private const ulong FastStrings = 1;
    private const uint MtrrDefaultType = 0x2ff;
    private const ulong MtrrWriteBack = 1 << 11 | 6;

    // Intel SDM volume 3, 11.5.1: local vector table entries of the two pins, and their delivery modes.
    internal const int Lint0 = 0x350;
    internal const int Lint1 = 0x360;
    private const uint DeliveryModeMask = 7 << 8;
    private const uint Masked = 1 << 16;
    private const uint ExternalInterrupt = 7 << 8;
    private const uint NonMaskable = 4 << 8;

    // Intel SDM volume 1, 8.1.5 and 10.2.3: what FNINIT and a reset leave.
    private const ushort FpuControlWord = 0x37f;
    private const uint SseControl = 0x1f80;

    /// <summary>What a vCPU of a machine with so many says by <c>cpuid</c>.</summary>
    /// <remarks>
    /// The hypervisor bit and KVM's signature, so that guests use its clock; one package of single-threaded
    /// cores with this vCPU's APIC id; the deadline timer, where KVM has it; no performance counters.
    /// </remarks>
    /// <param name="supported">What the host can offer: <see cref="Kvm.GetSupportedCpuid"/>.</param>
    /// <param name="apicId">The vCPU's number.</param>
    /// <param name="cpus">How many there are, 1 to <see cref="MostCpus"/>.</param>
    /// <param name="hasDeadlineTimer">KVM_CAP_TSC_DEADLINE_TIMER.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public static CpuidTable Cpuid(CpuidTable supported, int apicId, int cpus, bool hasDeadlineTimer)
    {
        ArgumentNullException.ThrowIfNull(supported);
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpus, MostCpus);
        ArgumentOutOfRangeException.ThrowIfNegative(apicId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(apicId, cpus);
        return supported
            .WithKvmSignature()
            .WithTopology((uint)apicId, cpus)
            .WithTscDeadlineTimer(hasDeadlineTimer)
            .WithoutPerformanceMonitoring()
            .WithBits(ThermalLeaf, 0, CpuidRegister.Ecx, set: 0, clear: EnergyPerformanceBias);
    }

    /// <summary>
    /// Sets model-specific registers, floating point and the local APIC's pins (KVM_SET_MSRS, KVM_SET_FPU,
    /// KVM_SET_LAPIC).
    /// </summary>
    /// <param name="vcpu">With its CPUID set, which decides what registers it has.</param>
    /// <param name="hasLapic">Whether the kernel emulates its local APIC.</param>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public static void Initialize(Vcpu vcpu, bool hasLapic = true)
    {
        ArgumentNullException.ThrowIfNull(vcpu);

        // Those that this processor lacks firmware would not set either.
        vcpu.SetWritableMsrs(
        [
            new() { index = MiscEnable, data = FastStrings },
            new() { index = MtrrDefaultType, data = MtrrWriteBack },
        ]);
        kvm_fpu fpu = vcpu.GetFpu();
        fpu.fcw = FpuControlWord;
        fpu.mxcsr = SseControl;
        vcpu.SetFpu(in fpu);
        if (hasLapic)
        {
            kvm_lapic_state lapic = vcpu.GetLapic();
            SetDelivery(ref lapic, Lint0, ExternalInterrupt);
            SetDelivery(ref lapic, Lint1, NonMaskable);
            vcpu.SetLapic(in lapic);
        }
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private static void SetDelivery(ref kvm_lapic_state lapic, int entry, uint mode) => LapicRegisters.Write(
        ref lapic, entry, (LapicRegisters.Read(in lapic, entry) & ~(DeliveryModeMask | Masked)) | mode);
}
