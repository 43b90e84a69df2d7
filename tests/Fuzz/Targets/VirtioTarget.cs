using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A virtio device, and what may happen to it on the host.</summary>
internal sealed record VirtioRig(VirtioDevice Device, HostEvent? Event = null);

/// <summary>
/// A virtio device with a driver that means harm: queues that are right and then spoilt, any registers, any
/// requests. It works when the script says so, on this thread.
/// </summary>
/// <param name="name">The target's name.</param>
/// <param name="make">A new device for each input.</param>
/// <param name="request">Writes something like a request of this device to memory.</param>
internal sealed class VirtioTarget(
    string name, Func<GuestMemory, EventLoop, Host, VirtioRig> make, VirtioRequest request) : FuzzTarget(name)
{
    private const int MostScript = 512;

    // Each bell stands for a bounded number of chains of a bounded number of buffers.
    private const int MostTurns = 200;

    // All of memory by each descriptor of each chain of a full queue, which is the most that one bell is for.
    private const int MostBytes = VirtioLayout.MemorySize * VirtioLayout.MostQueueSize * VirtioLayout.MostQueueSize;

    private readonly GuestMemory memory = VirtioLayout.MakeMemory();
    private readonly byte[] zeros = new byte[VirtioLayout.MemorySize];

    public override byte[] Make(FuzzRandom random) => FuzzScript.Make(random, MostScript);

    public override bool Run(byte[] input)
    {
        memory.Write(0, zeros);
        Host host = new(MostBytes);
        using EventLoop loop = new();
        VirtioRig rig = make(memory, loop, host);
        using VirtioDevice device = rig.Device;
        using VirtioMmioTransport transport = new(device, host);
        FuzzScript script = new(input);
        VirtioDriver driver = new(memory, transport, device.QueueCount);
        if (script.Byte() < 240)
        {
            driver.Start(script, device.OfferedFeatures);
        }

        while (!script.IsAtEnd)
        {
            host.BeginStep();
            Step(driver, script, rig, transport);
            Pump(host, loop);
        }

        return true;
    }

    private void Step(VirtioDriver driver, FuzzScript script, VirtioRig rig, VirtioMmioTransport transport)
    {
        switch (script.Byte() & 15)
        {
            case 0:
                driver.Describe(script);
                break;
            case 1:
                driver.AskForMany(script);
                break;
            case < 7:
                driver.Ask(script, request);
                break;
            case < 9:
                driver.Offer(script);
                break;
            case 9:
                driver.Write(Register.QueueNotify, script.Below(rig.Device.QueueCount + 1));
                break;
            case 10:
                driver.AccessAnything(script);
                break;
            case 11:
                driver.SpoilMemory(script);
                break;
            case 12:
                driver.AccessConfiguration(script);
                break;
            case 13:
                driver.Start(script, rig.Device.OfferedFeatures);
                break;
            case 14:
                rig.Event?.Invoke(script);
                break;
            default:
                StateCheck.SaveAndRestore(transport, script);
                break;
        }
    }

    private static void Pump(Host host, EventLoop loop)
    {
        for (int turns = 0; loop.RunOnce(TimeSpan.Zero) > 0; turns++)
        {
            host.BeginStep();
            if (turns > MostTurns)
            {
                throw new FuzzFailureException("the device's work has no end, and the driver does nothing");
            }
        }
    }
}
