using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// Makes an arm64 vCPU the processor that suits this host (KVM_ARM_PREFERRED_TARGET, KVM_ARM_VCPU_INIT).
    /// It has no register before that, and does not run.
    /// </summary>
    /// <remarks>
    /// All vCPUs of a VM must be given the same features. Once more on one that ran: a reset.
    /// </remarks>
    /// <param name="features">What it has beyond the least: KVM_ARM_VCPU_PSCI_0_2, KVM_ARM_VCPU_POWER_OFF and
    /// others.</param>
    /// <exception cref="ArgumentOutOfRangeException">A feature is no bit of <c>kvm_vcpu_init.features</c>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void Initialize(params ReadOnlySpan<int> features)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_ARM_VCPU_INIT");
        using Held<VcpuHandle> held = UseState("KVM_ARM_VCPU_INIT");
        kvm_vcpu_init target = handle.Vm.GetPreferredTarget();
        Span<uint> words = target.features;
        foreach (int feature in features)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(feature, nameof(features));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
                feature, words.Length * BitsOfWord, nameof(features));
            words[feature / BitsOfWord] |= 1u << (feature % BitsOfWord);
        }

        Initialize(in target);
    }

    /// <summary>As <see cref="Initialize(ReadOnlySpan{int})"/>, with a target of one's own.</summary>
    /// <param name="target">Start from <see cref="Vm.GetPreferredTarget"/>.</param>
    /// <inheritdoc cref="Initialize(ReadOnlySpan{int})"/>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void Initialize(in kvm_vcpu_init target)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_ARM_VCPU_INIT");
        using Held<VcpuHandle> held = UseState("KVM_ARM_VCPU_INIT");
        KvmException.ThrowIfError(
            handle.Fd.ArmVcpuInit(in target), "KVM_ARM_VCPU_INIT", KvmFdKind.Vcpu, $"vCPU {Id}");
    }

    private const int BitsOfWord = 32;
}
