using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Runtime.Errors;

/// <summary>What the kernel really refuses, and what the exception then says.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly Kvm kvm;
    private readonly Vm vm;

    public RefusalTests()
    {
        Requires.Kvm();
        kvm = Kvm.Open();
        vm = kvm.CreateVm();
    }

    public void Dispose()
    {
        vm?.Dispose();
        kvm?.Dispose();
    }

    [SkippableFact]
    public void CreateVm_unknownType_saysSo() =>
        Refused(() => kvm.CreateVm(ulong.MaxValue), "EINVAL", "machine type");

    [SkippableFact]
    public void CreateVcpu_twice_saysTheIdIsTaken()
    {
        using Vcpu first = vm.CreateVcpu(1);

        Refused(() => vm.CreateVcpu(1), "EEXIST", "a vCPU with this id");
    }

    [SkippableFact]
    public void CreateVcpu_hugeId_namesTheCapability() =>
        Refused(() => vm.CreateVcpu(0x10000000), "EINVAL", "KVM_CAP_MAX_VCPU_ID");

    // Of a VM, and of x86: elsewhere KVM answers EINVAL to what it does not know.
    [SkippableFact]
    public void Ioctl_thatTheFileLacks_isNoTty()
    {
        Requires.Architecture(Architecture.X64);

        Refused(
            () => Check(
                new KvmVcpuFd(vm.Fd.Value).GetMpState(out kvm_mp_state _), "KVM_GET_MP_STATE", KvmFdKind.Vcpu),
            "ENOTTY", "KVM_CAP_MP_STATE");
    }

    [SkippableFact]
    public void Irqchip_twice_saysOneIsThere()
    {
        Requires.Architecture(Architecture.X64);
        Check(vm.Fd.CreateIrqchip(), "KVM_CREATE_IRQCHIP", KvmFdKind.Vm);

        Refused(
            () => Check(vm.Fd.CreateIrqchip(), "KVM_CREATE_IRQCHIP", KvmFdKind.Vm),
            "EEXIST", "it can have one");
    }

    [SkippableFact]
    public void Irqchip_afterAVcpu_saysTheOrder()
    {
        Requires.Architecture(Architecture.X64);
        using Vcpu vcpu = vm.CreateVcpu();

        Refused(
            () => Check(vm.Fd.CreateIrqchip(), "KVM_CREATE_IRQCHIP", KvmFdKind.Vm),
            "EINVAL", "create the interrupt controller first");
    }

    [SkippableFact]
    public void IrqLine_withoutIrqchip_saysWhatIsMissing()
    {
        Requires.Architecture(Architecture.X64);

        Refused(
            () => Check(vm.Fd.IrqLine(new kvm_irq_level { level = 1 }), "KVM_IRQ_LINE", KvmFdKind.Vm),
            "ENXIO", "no interrupt controller");
    }

    [SkippableFact]
    public void Ioeventfd_wrongLength_saysWhichThereAre() => Refused(
        () => Check(
            vm.Fd.Ioeventfd(new kvm_ioeventfd { addr = 0x10, len = 3 }), "KVM_IOEVENTFD", KvmFdKind.Vm),
        "EINVAL", "1, 2, 4 or 8");

    [SkippableFact]
    public void Ioeventfd_closedFile_saysSo() => Refused(
        () => Check(
            vm.Fd.Ioeventfd(new kvm_ioeventfd { addr = 0x10, len = 4, fd = -1 }),
            "KVM_IOEVENTFD", KvmFdKind.Vm),
        "EBADF", "closed");

    [SkippableFact]
    public void CpuidList_tooShort_saysMoreRoom()
    {
        Requires.Architecture(Architecture.X64);

        Refused(
            () => Check(
                kvm.Fd.GetSupportedCpuid(new KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2>(1)),
                "KVM_GET_SUPPORTED_CPUID", KvmFdKind.System),
            "E2BIG", "give it more");
    }

    [SkippableFact]
    public void Lapic_withoutOne_saysTheOrder()
    {
        Requires.Architecture(Architecture.X64);
        using Vcpu vcpu = vm.CreateVcpu();

        Refused(
            () => Check(vcpu.Fd.GetLapic(out _), "KVM_GET_LAPIC", KvmFdKind.Vcpu),
            "EINVAL", "no local APIC");
    }

    [SkippableFact]
    public void Device_unknownType_saysSo() => Refused(
        () =>
        {
            kvm_create_device device = new() { type = uint.MaxValue };
            Check(vm.Fd.CreateDevice(ref device), "KVM_CREATE_DEVICE", KvmFdKind.Vm);
        },
        "ENODEV", "no such device");

    [SkippableFact]
    public void DirtyLog_ofNoSlot_saysSo() => Refused(
        () =>
        {
            kvm_dirty_log log = new() { slot = 5 };
            Check(vm.Fd.GetDirtyLog(ref log), "KVM_GET_DIRTY_LOG", KvmFdKind.Vm);
        },
        "ENOENT", "no memory slot");

    private static void Check(int result, string ioctl, KvmFdKind kind) =>
        KvmException.ThrowIfError(result, ioctl, kind);

    private static void Refused(Action act, string errno, string words)
    {
        KvmException e = Assert.Throws<KvmException>(act);
        Assert.Equal(errno, e.ErrnoName);
        Assert.Contains(words, e.Remedy, StringComparison.Ordinal);
    }
}
