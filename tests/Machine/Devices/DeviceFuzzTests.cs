using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>All of a PC's devices on one pair of buses, under a guest that does anything.</summary>
[Trait("Category", "Fuzz")]
public class DeviceFuzzTests
{
    // Each seed is so many accesses; "./build.sh fuzz" asks for more of them.
    private const int AccessesOfSeed = 2_000;

    [Fact]
    public void Devices_anyAccesses_neverFailAndAreRestoredToTheSame()
    {
        for (int seed = 0; seed < FuzzSeeds.Count(AccessesOfSeed); seed++)
        {
            RunSeed(seed);
        }
    }

    [Fact]
    public void Devices_severalVcpusAtOnce_neverFail()
    {
        const int Vcpus = 3;
        for (int seed = 0; seed < FuzzSeeds.Count(AccessesOfSeed * Vcpus); seed++)
        {
            using Pc pc = new();
            int first = seed * Vcpus;
            Parallel.For(0, Vcpus, vcpu => pc.Access(new Random(first + vcpu), AccessesOfSeed, hostActs: vcpu == 0));

            // They are whole still: each state is one that can be restored.
            using Pc other = new();
            for (int i = 0; i < pc.Devices.Count; i++)
            {
                other.Devices[i].Restore(pc.Devices[i].Save());
            }
        }
    }

    private static void RunSeed(int seed)
    {
        Random random = new(seed);
        using Pc one = new();
        using Pc other = new();
        try
        {
            one.Access(random, AccessesOfSeed);
            for (int i = 0; i < one.Devices.Count; i++)
            {
                byte[] state = one.Devices[i].Save();
                other.Devices[i].Restore(state);
                Assert.Equal(Convert.ToHexString(state), Convert.ToHexString(other.Devices[i].Save()));
                RestoreDamaged(random, other.Devices[i], state);
            }

            other.Access(random, AccessesOfSeed / 10);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"seed {seed} broke a device", e);
        }
    }

    private static void RestoreDamaged(Random random, IDeviceState device, byte[] state)
    {
        for (int i = 0; i < 20; i++)
        {
            byte[] damaged = state[..(random.Next(4) == 0 ? random.Next(state.Length) : state.Length)];
            if (damaged.Length > 0)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                device.Restore(damaged);
            }
            catch (StateException)
            {
                // Refused, which is as good as a state that a guest could reach.
            }
        }
    }

    private sealed class Pc : IDisposable
    {
        private readonly FakeClock clock = new(new DateTimeOffset(2026, 11, 26, 15, 4, 59, TimeSpan.Zero));
        private readonly GuestMemory memory = new();
        private readonly PioBus pio = new();
        private readonly MmioBus mmio = new();
        private readonly Serial16550 serial;
        private readonly CmosRtc rtc;
        private readonly Msix msix;

        public Pc()
        {
            memory.Add(0, 0x10000);
            NoControl control = new();
            IInterruptLine line = InterruptLines.None;
            NullOutput output = new();
            serial = new Serial16550(line, output);
            rtc = new CmosRtc(line, 0, clock: clock);
            I8042 keyboard = new(line, line, control);
            FirmwareConfig config = new(memory);
            config.AddFile("etc/file", new byte[100]);
            PciBus pci = new(pio, mmio, new PciInterrupt(line, 10));
            PciFunction function = new(new PciIdentity(1, 2, 3));
            function.AddBar(0, PciBarKind.Io, 32, BusDevice.FromDelegates(null, null));
            function.AddBar(1, PciBarKind.Memory32, 0x1000, BusDevice.FromDelegates(null, null));
            function.AddBar(4, PciBarKind.Memory64, 0x4000, BusDevice.FromDelegates(null, null));
            function.UsePin(1);
            msix = function.AddMsix(3, 2, new NoMessages());
            pci.Add(0, new PciHostBridge());
            pci.Add(3, function);
            ResetControl reset = new(control);
            PciConfigPorts ports = new(pci, reset);
            PostCodePort post = new();
            Devices = [serial, rtc, keyboard, config, ports, reset, post, pci];
            pio.Register("serial", 0x3f8, Serial16550.Size, serial);
            pio.Register("rtc", 0x70, CmosRtc.Size, rtc);
            pio.Register("i8042 data", 0x60, 1, keyboard.DataPort);
            pio.Register("i8042 command", 0x64, 1, keyboard.CommandPort);
            pio.Register("fw_cfg", FirmwareConfig.FirstPort, FirmwareConfig.Size, config);
            pio.Register("pci", PciConfigPorts.FirstPort, PciConfigPorts.Size, ports);
            pio.Register("post", 0x80, 1, post);
            pio.Register("debug", 0x402, 1, new DebugPort(output));
            pio.Register("exit", 0xf4, DebugExit.Size, new DebugExit(control));
            pio.Register("sleep", 0x600, 1, new SleepControl(control));
            mmio.Register("ecam", 0xb000_0000, PciEcam.Size, new PciEcam(pci));
        }

        public IReadOnlyList<IDeviceState> Devices { get; }

        public void Access(Random random, int count, bool hostActs = true)
        {
            Span<byte> data = stackalloc byte[8];
            IReadOnlyList<BusRange> ports = [];
            IReadOnlyList<BusRange> memories = [];
            for (int i = 0; i < count; i++)
            {
                // What PCI has moved meanwhile is found anew now and then: a list of all ports takes long.
                ports = i % 128 == 0 ? pio.Ranges : ports;
                memories = i % 128 == 0 ? mmio.Ranges : memories;
                random.NextBytes(data);
                if (random.Next(4) == 0)
                {
                    data.Fill((byte)(random.Next(2) * 0xff));
                }

                bool writes = random.Next(2) == 0;
                if (random.Next(4) == 0)
                {
                    AccessMemory(Place(random, memories), data[..random.Next(1, 9)], writes);
                }
                else
                {
                    AccessPort((ushort)Place(random, ports), data[..(1 << random.Next(3))], writes);
                }

                if (hostActs)
                {
                    HostActs(random, data);
                }
            }
        }

        public void Dispose()
        {
            rtc.Dispose();
            memory.Dispose();
        }

        private static ulong Place(Random random, IReadOnlyList<BusRange> ranges)
        {
            BusRange range = ranges[random.Next(ranges.Count)];
            return range.Start + (ulong)random.NextInt64((long)Math.Min(range.Size, int.MaxValue));
        }

        private void AccessPort(ushort port, Span<byte> data, bool writes)
        {
            if (writes)
            {
                pio.Write(port, data);
            }
            else
            {
                pio.Read(port, data);
            }
        }

        private void AccessMemory(ulong address, Span<byte> data, bool writes)
        {
            if (writes)
            {
                mmio.Write(address, data);
            }
            else
            {
                mmio.Read(address, data);
            }
        }

        private void HostActs(Random random, ReadOnlySpan<byte> data)
        {
            switch (random.Next(32))
            {
                case 0:
                    serial.Receive(data);
                    break;
                case 1:
                    serial.ReceiveBreak();
                    break;
                case 2:
                    clock.Advance(TimeSpan.FromMilliseconds(random.Next(1500)));
                    break;
                case 3:
                    msix.Vectors[random.Next(3)].Signal();
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class NullOutput : IByteOutput
    {
        public void Write(ReadOnlySpan<byte> data)
        {
        }
    }

    private sealed class NoControl : IMachineControl
    {
        public void EndMachine(MachineEnd reason)
        {
        }
    }

    private sealed class NoMessages : IMessageSender
    {
        public void Send(ulong address, uint data)
        {
        }
    }
}
