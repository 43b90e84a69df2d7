using KvmInterop.Native;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Registers by id, as far as every architecture has them alike.</summary>
public class RegisterTests
{
    [SkippableFact]
    public void Register_ofAnotherSizeThanItsId_isRefusedBeforeTheKernel()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using Vcpu vcpu = vm.CreateVcpu();

        ArgumentException tooLarge = Assert.Throws<ArgumentException>(
            () => vcpu.GetRegister<ulong>(KvmApi.KVM_REG_SIZE_U32));
        ArgumentException tooSmall = Assert.Throws<ArgumentException>(
            () => vcpu.SetRegister(KvmApi.KVM_REG_SIZE_U128, 0ul));

        Assert.StartsWith(
            $"the register with the id 0x{KvmApi.KVM_REG_SIZE_U32:x} has 4 bytes, and a UInt64 has 8: "
            + "use a type of the register's size",
            tooLarge.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            $"the register with the id 0x{KvmApi.KVM_REG_SIZE_U128:x} has 16 bytes", tooSmall.Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Initialize_onX64_isRefused()
    {
        Requires.Architecture(Machine.X64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using Vcpu vcpu = vm.CreateVcpu();

        Exception e = Assert.Throws<PlatformNotSupportedException>(() => vcpu.Initialize());
        Assert.Throws<PlatformNotSupportedException>(() => vm.GetPreferredTarget());

        Assert.Equal(
            "KVM_ARM_VCPU_INIT with this record is Arm64's, and this process is X64's; "
            + "check RuntimeInformation.ProcessArchitecture before the call",
            e.Message);
    }
}
