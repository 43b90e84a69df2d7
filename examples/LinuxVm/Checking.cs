using System.CommandLine;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary><c>--check</c> for a PC.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class Checking
{
    private static readonly CapabilityUse[] Uses =
    [
        new(KvmCapability.KVM_CAP_PIT2, true, "a timer in the kernel"),
        new(KvmCapability.KVM_CAP_SIGNAL_MSI, true, "interrupts by message, for virtio devices on PCI"),
        new(KvmCapability.KVM_CAP_TSC_DEADLINE_TIMER, false, "the guest's timer without a calibration"),
        new(KvmCapability.KVM_CAP_ADJUST_CLOCK, false, "snapshots: the guest's clock"),
        new(KvmCapability.KVM_CAP_XSAVE2, false, "snapshots: large vector registers"),
    ];

    public static int Print(Kvm kvm, ParseResult options)
    {
        VirtioBus bus = options.GetValue(BusOption.Virtio) ?? VirtioBus.Pci;
        IEnumerable<string> devices = BusOption.CheckCount(options, bus) is string many ? [many] : [];
        return HostCheck.Print(
            kvm, Uses, options.GetRequiredValue(Options.Cpus), PcCpu.MostCpus, devices.Concat(Loading.Check(options)));
    }
}
