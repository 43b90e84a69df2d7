using System.CommandLine;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>Makes the machine of the command line, or the one that was saved.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class Making
{
    public static PcMachine Make(Kvm kvm, PcSnapshot? saved, ParseResult options, IByteOutput? output) =>
        saved is null
            ? new PcMachine(kvm, new PcMachineOptions
            {
                MemorySize = options.GetRequiredValue(Options.Memory),
                Cpus = options.GetRequiredValue(Options.Cpus),
                SerialOutput = output,
                HasDebugExit = options.GetValue(Options.DebugExit) || Loading.EndsByStatus(options),
                HasAcpi = options.GetValue(Options.Firmware) is null, // Firmware has tables of its own.
            })
            : new PcMachine(kvm, saved, saved.Options with { SerialOutput = output });
}
