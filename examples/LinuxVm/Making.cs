using System.CommandLine;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>Makes the machine of the command line, or the one that was saved.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class Making
{
    public static PcMachine Make(Kvm kvm, PcSnapshot? saved, ParseResult options, IByteOutput? output)
    {
        VirtioBus? asked = options.GetValue(BusOption.Virtio);
        VirtioBus bus = saved?.Options.VirtioBus ?? asked ?? VirtioBus.Pci;
        if (BusOption.CheckCount(options, bus) is string many)
        {
            throw new ExampleException(many);
        }

        if (saved is not null)
        {
            if (asked is VirtioBus other && other != bus)
            {
                throw new ExampleException(
                    $"--virtio {BusOption.WordOf(other)}: the saved machine has its devices on "
                    + $"{BusOption.WordOf(bus)}; leave --virtio away to go on with it");
            }

            return new PcMachine(kvm, saved, saved.Options with { SerialOutput = output });
        }

        // Small kernels end by a status, ask fw_cfg how much memory and how many CPUs there are, as firmware
        // does, and count on what a BIOS has set up before them.
        bool isFirmware = options.GetValue(Options.Firmware) is not null;
        bool isMultiboot = Loading.IsMultiboot(options);
        return new PcMachine(kvm, new PcMachineOptions
        {
            MemorySize = options.GetValue(Options.Memory) ?? MachineOptions.DefaultMemory,
            Cpus = options.GetRequiredValue(Options.Cpus),
            SerialOutput = output,
            VirtioBus = bus,
            HasDebugExit = options.GetValue(Options.DebugExit) || isMultiboot,
            HasBiosState = isMultiboot || options.GetValue(Options.Raw) is not null,
            HasAcpi = !isFirmware, // Firmware has tables of its own.
            HasFirmwareConfig = isFirmware || isMultiboot,
        });
    }
}
