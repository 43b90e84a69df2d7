using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <content>What a PC's firmware is told, and where it prints.</content>
public sealed partial class PcMachine
{
    private const ushort SeaBiosDebugPort = 0x402;
    private const ushort BochsDebugPort = 0xe9;

    /// <summary>What firmware is told: processors and memory, and the files that are added before
    /// <see cref="VirtualMachine.Start"/>; null where the machine has no such device.</summary>
    public FirmwareConfig? FirmwareConfig { get; private set; }

    private void AddFirmwarePorts()
    {
        if (options.DebugOutput is IByteOutput output)
        {
            DebugPort debug = new(output);
            Ports.Register("debug output", SeaBiosDebugPort, 1, debug);
            Ports.Register("debug output", BochsDebugPort, 1, debug);
        }

        if (options.HasFirmwareConfig)
        {
            FirmwareConfig = Keep("fw_cfg", new FirmwareConfig(Memory));
            FirmwareConfig.Set(FirmwareConfigKeys.MemorySize, Layout.Size);
            FirmwareConfig.Set(FirmwareConfigKeys.Cpus, (ushort)options.Cpus);
            FirmwareConfig.Set(FirmwareConfigKeys.MostCpus, (ushort)options.Cpus);
            FirmwareConfig.Set(FirmwareConfigKeys.TimerOverride, 1u);

            // The machine has no screen; SeaBIOS then uses a serial terminal (its docs/Runtime_config.md).
            FirmwareConfig.AddFile("etc/sercon-port", BitConverter.GetBytes((ulong)Com1Port));
            Ports.Register(
                "fw_cfg", Devices.FirmwareConfig.FirstPort, Devices.FirmwareConfig.Size, FirmwareConfig);
        }
    }
}
