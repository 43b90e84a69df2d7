using KvmInterop.Native;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>The order in which a VM's interrupt controllers are made, and what is left of them.</summary>
[Collection(Alone.Name)]
public class InterruptSetUpTests
{
    [SkippableFact]
    public void IrqChip_twiceOrAfterAVcpu_isRefusedWithTheReason()
    {
        using Kvm kvm = Open();
        using Vm twice = kvm.CreateVm();
        twice.CreateIrqChip();
        using Vm late = kvm.CreateVm();
        using Vcpu vcpu = late.CreateVcpu();

        KvmException second = Assert.Throws<KvmException>(twice.CreateIrqChip);
        KvmException after = Assert.Throws<KvmException>(late.CreateIrqChip);

        Assert.Equal(
            "KVM_CREATE_IRQCHIP failed on the VM file with EEXIST, \"File exists\": the VM has an "
            + "interrupt controller; it can have one",
            second.Message);
        Assert.Equal("EINVAL", after.ErrnoName);
        Assert.Contains(
            "the VM has a vCPU; create the interrupt controller first", after.Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void InterruptCalls_withoutAController_sayWhatIsMissing()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();

        KvmException line = Assert.Throws<KvmException>(() => vm.SetIrqLine(4, true));
        KvmException irqFd = Assert.Throws<KvmException>(() => vm.CreateIrqFd(4));
        Exception pit = Assert.Throws<InvalidOperationException>(() => vm.CreatePit());

        Assert.Equal(("KVM_IRQ_LINE", "ENXIO"), (line.Operation, line.ErrnoName));
        Assert.Equal(("KVM_IRQFD", "EINVAL"), (irqFd.Operation, irqFd.ErrnoName));
        Assert.Contains("no interrupt controller in the kernel", line.Message, StringComparison.Ordinal);
        Assert.Contains("no interrupt controller in the kernel", irqFd.Message, StringComparison.Ordinal);
        Assert.Contains("call CreateIrqChip first", pit.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void IrqFd_withAnEventFdTwice_isRefusedAndLeavesTheFirst()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        vm.CreateIrqChip();
        using EventFd eventFd = new();
        using IrqFd first = vm.CreateIrqFd(4, eventFd);

        KvmException e = Assert.Throws<KvmException>(() => vm.CreateIrqFd(5, eventFd));

        Assert.Equal(("KVM_IRQFD", "EBUSY"), (e.Operation, e.ErrnoName));
        Assert.Contains("raises an interrupt already", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void QueueInterrupt_withTheControllerInTheKernel_isRefused()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        vm.CreateIrqChip();
        using Vcpu vcpu = vm.CreateVcpu();

        KvmException e = Assert.Throws<KvmException>(() => vcpu.QueueInterrupt(0x30));

        Assert.Equal(("KVM_INTERRUPT", "ENXIO"), (e.Operation, e.ErrnoName));
        Assert.Contains("raise its lines", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ReservedPages_whereTheyCanBe_areTakenAndElsewhereRefused()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();

        vm.SetIdentityMapAddress(0xfeffc000);
        vm.SetTssAddress(0xfeffd000);

        Assert.Throws<ArgumentOutOfRangeException>(() => vm.SetTssAddress(0xffffe000));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.SetTssAddress(0xfeffd800));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.SetIdentityMapAddress(1UL << 32));
        using Vcpu vcpu = vm.CreateVcpu();
        KvmException late = Assert.Throws<KvmException>(() => vm.SetIdentityMapAddress(0xfeffc000));
        Assert.Contains("before the first", late.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void EnableCapability_thatIsNone_isRefusedByName()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();

        KvmException e = Assert.Throws<KvmException>(
            () => vm.EnableCapability(KvmCapability.KVM_CAP_USER_MEMORY, 1, 2));
        Assert.Throws<ArgumentException>(
            () => vm.EnableCapability(KvmCapability.KVM_CAP_USER_MEMORY, 1, 2, 3, 4, 5));

        Assert.Equal("KVM_ENABLE_CAP", e.Operation);
        Assert.Contains("KVM_CAP_USER_MEMORY", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void IrqFdsAndIoEventFds_thousand_leaveNothing()
    {
        using Kvm kvm = Open();
        int files = Mappings.EventFiles();
        int kvmFiles = Mappings.KvmFiles();
        for (int round = 0; round < 4; round++)
        {
            Vm vm = kvm.CreateVm();
            vm.CreateIrqChip();
            IDisposable[] all = [.. Enumerable.Range(0, 250).SelectMany(i => (IDisposable[])
                [vm.CreateIrqFd((uint)i % 24), vm.CreateIoEventFd(IoEventSpace.Pio, 0x400 + (ulong)i, 1)])];
            Assert.Equal(files + 500, Mappings.EventFiles());
            if (round % 2 == 0)
            {
                vm.Dispose(); // Those that are left keep the kernel's VM.
                Assert.Equal(kvmFiles + 1, Mappings.KvmFiles());
            }

            Array.ForEach(all, each => each.Dispose());
            vm.Dispose();
        }

        Assert.Equal(files, Mappings.EventFiles());
        Assert.Equal(kvmFiles, Mappings.KvmFiles());
    }

    private static Kvm Open()
    {
        Requires.Architecture(Machine.X64);
        Requires.Kvm();
        return Kvm.Open();
    }
}
