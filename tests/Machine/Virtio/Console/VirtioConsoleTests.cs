using System.Buffers.Binary;
using System.Text;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Console;

namespace KvmInterop.Tests.Machine.Virtio.Console;

public sealed class VirtioConsoleTests
{
    private const ushort DeviceReady = 0;
    private const ushort DeviceAdd = 1;
    private const ushort PortReady = 3;
    private const ushort ConsolePort = 4;
    private const ushort Resize = 5;
    private const ushort PortOpen = 6;
    private const ushort PortName = 7;

    [Fact]
    public void Console_singlePort_hasTwoQueuesAndNoControl()
    {
        using VirtioDriver driver = Single(new Output());

        Assert.Equal(2, driver.Device.QueueCount);
        Assert.Equal((1ul << 0) | (1 << 2), driver.Device.OfferedFeatures & 0xffff);
    }

    [Fact]
    public void Console_output_isWhatTheGuestWrote()
    {
        Output output = new();
        using VirtioDriver driver = Single(output);
        byte[] text = Block.TemporaryFile.Pattern(10_000);
        ulong address = driver.Place(text);
        driver.Queue(1).Add((address, 3, false), (address + 3, 9_997, false));
        driver.Queue(1).Kick();
        driver.Pump();

        Assert.Equal(text, output.Bytes);
        Assert.Equal((0u, 0u), driver.Queue(1).TakeUsed());
    }

    [Fact]
    public void Console_input_waitsForBuffers()
    {
        using VirtioDriver driver = Single(new Output());
        var console = (VirtioConsole)driver.Device;
        Assert.Equal(10, console.Receive(0, "0123456789"u8));
        driver.Pump();
        ulong buffer = driver.Allocate(8);
        driver.Queue(0).Add((buffer, 3, true), (buffer + 3, 3, true));
        driver.Queue(0).Kick();
        driver.Pump();

        Assert.Equal((0u, 6u), driver.Queue(0).TakeUsed());
        Assert.Equal("012345"u8, Read(driver, buffer, 6));
        driver.Queue(0).Add((buffer, 8, true));
        driver.Queue(0).Kick();
        driver.Pump();
        Assert.Equal(4u, driver.Queue(0).TakeUsed()!.Value.Length);
        Assert.Equal("6789"u8, Read(driver, buffer, 4));
    }

    [Fact]
    public void Console_inputBeyondItsRoom_isLeftAndCalledFor()
    {
        using VirtioDriver driver = Single(new Output());
        var console = (VirtioConsole)driver.Device;
        List<int> called = [];
        console.RoomAvailable += called.Add;
        int taken = console.Receive(0, new byte[100_000]);
        Assert.Equal(65536, taken);
        driver.Pump();
        Assert.Empty(called);

        driver.Queue(0).Add((0x8_0000, 1000, true));
        driver.Queue(0).Kick();
        driver.Pump();
        Assert.Equal([0], called);
        Assert.Equal(1000, console.Receive(0, new byte[5000]));
    }

    [Fact]
    public void Console_emergencyWrite_needsNoQueue()
    {
        Output output = new();
        using VirtioDriver driver = new((memory, loop) => new VirtioConsole(memory, loop, output));
        driver.Write(0x108, 'x');

        Assert.Equal("x"u8, output.Bytes.AsSpan());
    }

    [Fact]
    public void Console_size_isConfigurationAndNews()
    {
        using VirtioDriver driver = Single(new Output());
        ((VirtioConsole)driver.Device).Resize(132, 43);

        Assert.Equal([132, 0, 43, 0], driver.ReadConfiguration(0, 4));
        Assert.Equal(2u, driver.InterruptStatus);
    }

    // Linux reads it when it is told of a change.
    [Fact]
    public void Console_sizeKnownBeforeTheDriverCame_isNewsToIt()
    {
        using VirtioDriver driver = new((memory, loop) => new VirtioConsole(memory, loop, new Output()));
        ((VirtioConsole)driver.Device).Resize(132, 43);
        Assert.Equal(0u, driver.InterruptStatus);
        driver.Start();

        Assert.Equal([132, 0, 43, 0], driver.ReadConfiguration(0, 4));
        Assert.Equal(2u, driver.InterruptStatus);
    }

    [Fact]
    public void Console_restored_isNoNewsToTheDriver()
    {
        using VirtioDriver driver = Single(new Output());
        ((VirtioConsole)driver.Device).Resize(132, 43);
        byte[] saved = driver.Transport.Save();
        driver.Transport.Restore(saved);

        Assert.Equal(saved, driver.Transport.Save());
    }

    [Fact]
    public void Console_ports_areIntroducedByControlMessages()
    {
        using Ports ports = new();
        ports.Send(0, DeviceReady, 1);
        Assert.Equal([(0u, DeviceAdd, 0, ""), (1u, DeviceAdd, 0, "")], ports.Take());
        ports.Send(0, PortReady, 1);
        Assert.Equal([(0u, ConsolePort, 1, ""), (0u, PortOpen, 1, "")], ports.Take());
        ports.Send(1, PortReady, 1);
        Assert.Equal([(1u, PortName, 1, "org.example.agent"), (1u, PortOpen, 1, "")], ports.Take());

        ports.Console.SetOpen(1, false);
        Assert.Equal([(1u, PortOpen, 0, "")], ports.Take());
        ports.Send(1, PortOpen, 1);
        Assert.True(ports.Console.IsOpenInGuest(1));
        ports.Console.Resize(80, 25);
        Assert.Equal([(0u, Resize, 0, "P\0\u0019\0")], ports.Take());
    }

    [Fact]
    public void Console_secondPort_hasQueuesOfItsOwn()
    {
        using Ports ports = new();
        VirtioDriver driver = ports.Driver;
        ulong address = driver.Place("to the host"u8);
        driver.Queue(5).Add((address, 11, false));
        driver.Queue(5).Kick();
        driver.Pump();
        Assert.Equal("to the host"u8, ports.Outputs[1].Bytes.AsSpan());
        Assert.Empty(ports.Outputs[0].Bytes);

        ports.Send(1, PortOpen, 1);
        ports.Console.Receive(1, "to the guest"u8);
        driver.Queue(4).Add((address, 64, true));
        driver.Queue(4).Kick();
        driver.Pump();
        Assert.Equal("to the guest"u8, Read(driver, address, 12));
    }

    // Linux throws away what comes to a port that nobody has open.
    [Fact]
    public void Console_inputOfAPortThatIsNotOpen_waitsUntilItIs()
    {
        using Ports ports = new();
        VirtioDriver driver = ports.Driver;
        ulong buffer = driver.Allocate(64);
        driver.Queue(4).Add((buffer, 64, true));
        driver.Queue(4).Kick();
        ports.Console.Receive(1, "early"u8);
        driver.Pump();
        Assert.Null(driver.Queue(4).TakeUsed());

        ports.Send(1, PortOpen, 1);
        Assert.Equal(5u, driver.Queue(4).TakeUsed()!.Value.Length);
        Assert.Equal("early"u8, Read(driver, buffer, 5));

        ports.Send(1, PortOpen, 0);
        ports.Console.Receive(1, "late"u8);
        driver.Queue(4).Add((buffer, 64, true));
        driver.Queue(4).Kick();
        driver.Pump();
        Assert.Null(driver.Queue(4).TakeUsed());
    }

    [Fact]
    public void Console_controlWithoutSense_isDropped()
    {
        using Ports ports = new();
        ports.Send(2, PortReady, 1);
        ports.Send(uint.MaxValue, PortOpen, 1);
        ports.Send(0, DeviceReady, 0);
        ports.Send(0, 0xffff, 1);
        ports.Driver.Queue(3).Add((0x100, 7, false));
        ports.Driver.Queue(3).Kick();
        ports.Driver.Pump();
        Assert.Empty(ports.Take());

        // A guest that asks and never listens gets no more than it could have taken.
        for (int i = 0; i < 2000; i++)
        {
            ports.Send(0, DeviceReady, 1);
        }

        Assert.Equal(VirtioStatus.None, ports.Driver.Status & VirtioStatus.NeedsReset);
    }

    private static VirtioDriver Single(Output output) =>
        VirtioDriver.Started((memory, loop) => new VirtioConsole(memory, loop, output));

    private static byte[] Read(VirtioDriver driver, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        driver.Memory.Read(address, bytes);
        return bytes;
    }

    internal sealed class Output : IByteOutput
    {
        private readonly List<byte> bytes = [];

        public byte[] Bytes => [.. bytes];

        public void Write(ReadOnlySpan<byte> data) => bytes.AddRange(data);
    }

    /// <summary>A console and a port for an agent.</summary>
    private sealed class Ports : IDisposable
    {
        private const int MessageRoom = 64;

        private readonly ulong message;
        private readonly Dictionary<uint, ulong> buffers = [];

        public Ports()
        {
            Driver = VirtioDriver.Started((memory, loop) => new VirtioConsole(
                memory, loop, [new(Outputs[0]), new(Outputs[1], "org.example.agent", IsConsole: false)]));
            message = Driver.Allocate(8);
        }

        public VirtioDriver Driver { get; }

        public Output[] Outputs { get; } = [new(), new()];

        public VirtioConsole Console => (VirtioConsole)Driver.Device;

        public void Send(uint id, ushort what, ushort value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], what);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], value);
            Driver.Memory.Write(message, bytes);
            Driver.Queue(3).Add((message, 8, false));
            Driver.Queue(3).Kick();
            Driver.Pump();
            Assert.NotNull(Driver.Queue(3).TakeUsed());
        }

        /// <summary>What the console has to say, and one more buffer for each message.</summary>
        public List<(uint Id, ushort Event, int Value, string Text)> Take()
        {
            List<(uint, ushort, int, string)> taken = [];
            while (true)
            {
                while (Driver.Queue(2).TakeUsed() is { } used)
                {
                    taken.Add(Parse(Read(Driver, buffers[used.Id], (int)used.Length)));
                    buffers.Remove(used.Id);
                }

                if (buffers.Count > 0)
                {
                    return taken;
                }

                ulong buffer = Driver.Allocate(MessageRoom);
                buffers[Driver.Queue(2).Add((buffer, MessageRoom, true))] = buffer;
                Driver.Queue(2).Kick();
                Driver.Pump();
            }
        }

        public void Dispose() => Driver.Dispose();

        private static (uint, ushort, int, string) Parse(byte[] bytes) => (
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(6)),
            Encoding.Latin1.GetString(bytes.AsSpan(8)));
    }
}
