using KvmInterop.Machine.Virtio;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A virtio device, and what may happen to it on the host.</summary>
internal sealed record VirtioRig(VirtioDevice Device, HostEvent? Event = null)
{
    /// <summary>What is left when the input is over.</summary>
    public Action? End { get; init; }
}

/// <summary>
/// A virtio device with a driver that means harm: queues that are right and then spoilt, any registers, any
/// requests. It works when the script says so, on this thread.
/// </summary>
/// <param name="name">The target's name.</param>
/// <param name="make">A new device for each input.</param>
/// <param name="request">Writes something like a request of this device to memory.</param>
internal sealed class VirtioTarget(
    string name, Func<GuestMemory, EventLoop, Host, VirtioRig> make, VirtioRequest request) : FuzzTarget(name), IDisposable
{
    private const int MostScript = 512;

    // Each bell stands for a bounded number of chains of a bounded number of buffers.
    private const int MostTurns = 200;

    // All of memory by each descriptor of each chain of a full queue, which is the most that one bell is for.
    private const int MostBytes = VirtioLayout.MemorySize * VirtioLayout.MostQueueSize * VirtioLayout.MostQueueSize;

    private readonly GuestMemory memory = VirtioLayout.MakeMemory();
    private readonly EventLoop loop = new();
    private readonly byte[] zeros = new byte[VirtioLayout.MemorySize];

    /// <summary>How the driver reaches the device; by MMIO if nothing is said.</summary>
    public Func<VirtioDevice, Host, VirtioPort> Transport { get; init; } =
        static (device, host) => new VirtioMmioPort(device, host);

    public void Dispose() => loop.Dispose();

    public override byte[] Make(FuzzRandom random) => FuzzScript.Make(random, MostScript);

    public override bool Run(byte[] input)
    {
        memory.Write(0, zeros);
        Host host = new(MostBytes);
        long served = Tally["chains served"];
        VirtioRig rig = make(memory, loop, host);
        using (VirtioDevice device = rig.Device)
        using (VirtioPort port = Transport(device, host))
        {
            FuzzScript script = new(input);
            VirtioDriver driver = new(memory, port, device.QueueCount, Tally);
            Drive(driver, script, rig, port, host);
        }

        rig.End?.Invoke();

        // The loop is kept for the next input: nothing of the device may be on it any more.
        return loop.RunOnce(TimeSpan.Zero) == 0
            ? Tally["chains served"] > served
            : throw new FuzzFailureException("the device is gone, and the loop still has something of it");
    }

    private void Drive(VirtioDriver driver, FuzzScript script, VirtioRig rig, VirtioPort port, Host host)
    {
        if (script.Byte() < 240)
        {
            driver.Start(script, rig.Device.OfferedFeatures);
        }

        // A queue that is spoilt once is of no use any more: most drivers keep theirs whole, mostly.
        bool hasManners = script.Byte() < 192;
        while (!script.IsAtEnd)
        {
            host.BeginStep();
            int what = script.Byte();
            int kind = (what & 0x7f) % 20;
            if (hasManners && (kind is 0 or 1 or 8 or 11 or 18) && script.Byte() < 248)
            {
                kind = 2;
            }

            Step(kind, driver, script, rig, port);

            // Mostly at once; else the next step comes before the device has looked at this one.
            if (what < 0x80)
            {
                Pump(host);
                driver.CountServed();
            }
        }

        Pump(host);
        driver.CountServed();
        if ((rig.Device.Status & VirtioStatus.NeedsReset) != 0)
        {
            Tally.Add("devices that ask for a reset");
        }
    }

    private void Step(int kind, VirtioDriver driver, FuzzScript script, VirtioRig rig, VirtioPort port)
    {
        switch (kind)
        {
            case 0:
                driver.Describe(script);
                break;
            case 1:
                driver.AskForMany(script);
                break;
            case < 8:
                driver.Ask(script, request);
                break;
            case 8:
                driver.Offer(script);
                break;
            case 9:
                driver.Write(VirtioMmioRegister.QueueNotify, script.Below(rig.Device.QueueCount + 1));
                break;
            case 10:
                driver.AccessAnything(script);
                port.AccessElsewhere(script);
                break;
            case 11:
                driver.SpoilMemory(script);
                break;
            case 12:
                driver.AccessConfiguration(script);
                break;
            case 13:
                // Seldom: what a script has set up is worth something.
                driver.Restart(script, rig.Device.OfferedFeatures);
                break;
            case 14:
                driver.Wind(script, port.State);
                break;
            case < 18:
                rig.Event?.Invoke(script);
                break;
            case 18:
                driver.Ask(script, request, withSpoiltChain: true);
                break;
            default:
                StateCheck.SaveAndRestore(port.State, script, Tally);
                break;
        }
    }

    private void Pump(Host host)
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
