using System.Buffers.Binary;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Devices without queues, each in what it needs.</summary>
internal static class Devices
{
    private const ulong UartPorts = 8;
    private const ulong PrimeCellSize = 0x1000;
    private const ulong MemoryBelow4GiB = 64 << 20;

    private static readonly GuestMemory Memory = VirtioLayout.MakeMemory();

    public static DeviceRig Serial16550()
    {
        Host host = new();
        Serial16550 device = new(host, host);
        return new DeviceRig(host, (device, UartPorts))
        {
            State = device,
            Event = script => Type(script, data => device.Receive(data), device.ReceiveBreak),
        };
    }

    public static DeviceRig Pl011()
    {
        Host host = new();
        Pl011 device = new(host, host);
        return new DeviceRig(host, (device, PrimeCellSize))
        {
            State = device,
            Event = script => Type(script, data => device.Receive(data), device.ReceiveBreak),
        };
    }

    public static DeviceRig CmosRtc()
    {
        Host host = new();
        CmosRtc device = new(host, MemoryBelow4GiB, clock: host.Clock);
        return new DeviceRig(host, (device, KvmInterop.Machine.Devices.CmosRtc.Size))
        {
            State = device,
            Event = script => Wait(host, script),
        };
    }

    public static DeviceRig Pl031()
    {
        Host host = new();
        Pl031 device = new(host, host.Clock);
        return new DeviceRig(host, (device, KvmInterop.Machine.Devices.Pl031.Size))
        {
            State = device,
            Event = script => Wait(host, script),
        };
    }

    public static DeviceRig I8042()
    {
        Host host = new();
        I8042 device = new(host, host, host);
        return new DeviceRig(host, (device.DataPort, 1), (device.CommandPort, 1)) { State = device };
    }

    /// <summary>With DMA into memory, which is empty for each.</summary>
    public static DeviceRig FirmwareConfig()
    {
        Host host = new();
        Memory.Fill(0, VirtioLayout.MemorySize, 0);
        FirmwareConfig device = new(Memory);
        device.AddFile("etc/file", new byte[100]);
        return new DeviceRig(host, (device, KvmInterop.Machine.Devices.FirmwareConfig.Size))
        {
            State = device,
            Event = script =>
            {
                // A request of DMA: control, length, address, all big-endian (fw_cfg.rst).
                Span<byte> request = stackalloc byte[16];
                BinaryPrimitives.WriteUInt32BigEndian(
                    request, ((uint)script.SmallOrAny(0x3f) << 16) | script.Byte());
                BinaryPrimitives.WriteUInt32BigEndian(request[4..], (uint)script.AnyNumber());
                BinaryPrimitives.WriteUInt64BigEndian(
                    request[8..], script.Byte() < 192 ? script.Number(2) : script.AnyNumber());
                Memory.Write(0, request);
                Span<byte> address = stackalloc byte[4];
                device.Write(4, address);
                device.Write(8, address);
            },
        };
    }

    /// <summary>What has no state, or one byte of it, all in one.</summary>
    public static DeviceRig Ports()
    {
        Host host = new();
        ResetControl reset = new(host);
        return new DeviceRig(
            host, (new DebugPort(host), 1), (new DebugExit(host), DebugExit.Size), (new SleepControl(host), 4),
            (new PostCodePort(), 1), (reset, 1))
        {
            State = reset,
        };
    }

    private delegate int Receiver(ReadOnlySpan<byte> data);

    private static void Type(FuzzScript script, Receiver receive, Func<bool> receiveBreak)
    {
        int length = script.Byte() & 63;
        if (length == 0)
        {
            receiveBreak();
            return;
        }

        Span<byte> data = stackalloc byte[length];
        script.Fill(data);
        receive(data);
    }

    // Up to some days, for alarms and midnights; a periodic interrupt comes up to 8192 times a second.
    private static void Wait(Host host, FuzzScript script)
    {
        TimeSpan time = script.Byte() < 224
            ? TimeSpan.FromMilliseconds(script.Number(1) * 8)
            : TimeSpan.FromSeconds(script.Number(2) * 8);
        host.Clock.Advance(time);
    }
}
