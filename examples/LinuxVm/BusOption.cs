using System.CommandLine;
using System.CommandLine.Parsing;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary><c>--virtio</c>: where a PC has its virtio devices.</summary>
internal static class BusOption
{
    public static Option<VirtioBus?> Virtio { get; } = new("--virtio")
    {
        Description = "Where these devices are: pci, or mmio for kernels that look for them by ACPI "
            + "[default: pci, or as in the snapshot]",
        HelpName = "bus",
        CustomParser = ParseBus,
    };

    /// <summary>The word for a bus.</summary>
    public static string WordOf(VirtioBus bus) => bus == VirtioBus.Pci ? "pci" : "mmio";

    /// <summary>What is wrong with the number of devices on a bus; null if nothing is.</summary>
    [KvmArchitectures(KvmArchitecture.X64)]
    public static string? CheckCount(ParseResult options, VirtioBus bus) =>
        DeviceOptions.CheckCount(options, PcMachine.MostVirtioDevicesOn(bus), $"on {WordOf(bus)}");

    private static VirtioBus? ParseBus(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach (VirtioBus bus in (VirtioBus[])[VirtioBus.Pci, VirtioBus.Mmio])
        {
            if (text == WordOf(bus))
            {
                return bus;
            }
        }

        result.AddError($"--virtio takes pci or mmio, not '{text}'.");
        return null;
    }
}
