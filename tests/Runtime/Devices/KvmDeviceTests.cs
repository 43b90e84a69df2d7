using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Devices;

/// <summary>
/// Devices that KVM emulates, by the one that every architecture may have (the link to VFIO), and attributes.
/// </summary>
[Collection(Alone.Name)]
public class KvmDeviceTests
{
    private const uint Vfio = KvmApi.KVM_DEV_TYPE_VFIO;
    private const uint Nonsense = 0x7fff;

    [SkippableFact]
    public void HasDevice_tellsWithoutMakingOne()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        Footprint footprint = Footprint.Now();

        Assert.False(vm.HasDevice(Nonsense));
        vm.HasDevice(Vfio);

        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableFact]
    public void CreateDevice_thatKvmLacks_isRefusedWithTheRemedy()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();

        KvmException e = Assert.Throws<KvmException>(() => vm.CreateDevice(Nonsense));

        Assert.Equal(("KVM_CREATE_DEVICE", "ENODEV", KvmFdKind.Vm), (e.Operation, e.ErrnoName, e.FileKind));
        Assert.Contains("HasDevice tells", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Attribute_thatIsNone_isRefusedWithItsNumbers()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();

        Assert.False(vm.HasAttribute(Nonsense, 0));
        KvmException e = Assert.Throws<KvmException>(() => vm.GetAttribute<ulong>(Nonsense, 0x12));
        KvmException set = Assert.Throws<KvmException>(() => vm.SetAttribute(Nonsense, 0x12, 1ul));

        Assert.Contains("group 32767, attribute 0x12", e.Message, StringComparison.Ordinal);
        Assert.Equal("KVM_GET_DEVICE_ATTR", e.Operation);
        Assert.Equal("KVM_SET_DEVICE_ATTR", set.Operation);
    }

    [SkippableFact]
    public void Attribute_ofAVcpuOrOfKvm_isThereAndRead()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        using Vcpu vcpu = vm.CreateVcpu();
        const uint Group = KvmApi.KVM_VCPU_TSC_CTRL;
        Assert.True(vcpu.HasAttribute(Group, KvmApi.KVM_VCPU_TSC_OFFSET));

        // Not compared: where KVM emulates guests, it takes the offset and goes on giving 0.
        vcpu.SetAttribute(Group, KvmApi.KVM_VCPU_TSC_OFFSET, 0x1234_5678_9abc_def0);
        vcpu.GetAttribute<long>(Group, KvmApi.KVM_VCPU_TSC_OFFSET);

        Assert.True(kvm.HasAttribute(0, KvmApi.KVM_X86_XCOMP_GUEST_SUPP));
        Assert.NotEqual(0ul, kvm.GetAttribute<ulong>(0, KvmApi.KVM_X86_XCOMP_GUEST_SUPP));
    }

    private static Kvm Open()
    {
        Requires.Kvm();
        return Kvm.Open();
    }
}
