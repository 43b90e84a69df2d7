using System.CommandLine;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary><c>--check</c> for an arm64 machine.</summary>
internal static class Checking
{
    private static readonly CapabilityUse[] Uses =
    [
        new(KvmCapability.KVM_CAP_DEVICE_CTRL, true, "the GICv3"),
        new(KvmCapability.KVM_CAP_ONE_REG, true, "registers"),
        new(KvmCapability.KVM_CAP_ARM_PSCI_0_2, true, "processors that start each other, power-off"),
        new(KvmCapability.KVM_CAP_ARM_VM_IPA_SIZE, false, "guest-physical addresses of more than 40 bits"),
        new(KvmCapability.KVM_CAP_VCPU_EVENTS, false, "snapshots: exceptions that wait"),
    ];

    public static int Print(Kvm kvm, ParseResult options)
    {
        IEnumerable<string> devices = CheckCount(options) is string many ? [many] : [];
        return HostCheck.Print(
            kvm, Uses, options.GetRequiredValue(Options.Cpus), Arm64MachineOptions.MostCpus,
            devices.Concat(Loading.Check(options)));
    }

    /// <summary>What is wrong with the number of devices; null if nothing is.</summary>
    public static string? CheckCount(ParseResult options) =>
        DeviceOptions.CheckCount(options, Arm64MachineOptions.MostVirtioDevices, "behind memory");
}
