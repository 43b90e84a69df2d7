using System.Net.Sockets;
using System.Text;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Vsock;

namespace KvmInterop.Tests.Machine.Virtio.Vsock;

public sealed class VirtioVsockTests
{
    [Fact]
    public void Guest_connectsToAProgramOfTheHosts()
    {
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        VsockMessage response = guest.Take();
        Assert.Equal((VsockDriver.Response, 52u, 1000u), (response.Operation, response.HostPort, response.GuestPort));
        Assert.Equal(65536u, response.Room);

        using Socket program = listener.Accept();
        guest.Send(VsockDriver.ReadWrite, 52, 1000, "to the host"u8);
        Assert.Equal("to the host", Receive(program, 11));
        program.Send("to the guest"u8);
        VsockMessage data = guest.Take();
        Assert.Equal(VsockDriver.ReadWrite, data.Operation);
        Assert.Equal("to the guest"u8, data.Data);
        Assert.Equal(11u, data.Taken);
    }

    [Fact]
    public void Guest_connectingToNobody_isRefused()
    {
        using VsockDriver guest = new();
        guest.Send(VsockDriver.Request, 53, 1000);

        Assert.Equal(VsockDriver.Reset, guest.Take().Operation);
    }

    [Fact]
    public void Program_connectsToThePortItNames()
    {
        using VsockDriver guest = new();
        using Socket program = guest.Connect("CONNECT 1234\nand more");
        VsockMessage request = guest.Take();
        Assert.Equal((VsockDriver.Request, 1234u), (request.Operation, request.GuestPort));
        guest.Send(VsockDriver.Response, request.HostPort, 1234);

        string answer = $"OK {request.HostPort}\n";
        Assert.Equal(answer, Receive(program, answer.Length));
        Assert.Equal("and more"u8, guest.Take().Data);
        guest.Send(VsockDriver.ReadWrite, request.HostPort, 1234, "hello"u8);
        Assert.Equal("hello", Receive(program, 5));
    }

    [Theory]
    [InlineData("CONNECT\n")]
    [InlineData("CONNECT -1\n")]
    [InlineData("CONNECT 4294967296\n")]
    [InlineData("GET / HTTP/1.1\n")]
    [InlineData("CONNECT 00000000000000000000000000000000000000001\n")]
    public void Program_thatSaysSomethingElse_isHungUpOn(string line)
    {
        using VsockDriver guest = new();
        using Socket program = guest.Connect(line);
        guest.Driver.PumpUntil(() => program.Poll(0, SelectMode.SelectRead));

        Assert.Null(guest.TryTake());
        Assert.Equal(0, ReceiveOrEnd(program));
    }

    [Fact]
    public void Program_whosePortsTheGuestHasTaken_isHungUpOn()
    {
        // Programs of the host's get numbers from here on; the guest may name any.
        const uint First = 1 << 30;
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(First);
        guest.Send(VsockDriver.Request, First, 7);
        Assert.Equal(VsockDriver.Response, guest.Take().Operation);
        using Socket accepted = listener.Accept();

        using Socket program = guest.Connect("CONNECT 7\n");
        guest.Driver.PumpUntil(() => program.Poll(0, SelectMode.SelectRead));

        Assert.Equal(0, ReceiveOrEnd(program));
        guest.Send(VsockDriver.ReadWrite, First, 7, "still there"u8);
        Assert.Equal("still there", Receive(accepted, 11));
        guest.Send(VsockDriver.Reset, First, 7);
        guest.Driver.PumpUntil(() => accepted.Poll(0, SelectMode.SelectRead));
        Assert.Equal(0, ReceiveOrEnd(accepted));
    }

    [Fact]
    public void Program_refusedByTheGuest_isHungUpOn()
    {
        using VsockDriver guest = new();
        using Socket program = guest.Connect("CONNECT 7\n");
        VsockMessage request = guest.Take();
        guest.Send(VsockDriver.Reset, request.HostPort, 7);

        Assert.Equal(0, ReceiveOrEnd(program));
    }

    [Fact]
    public void Data_waitsForTheGuestsCredit()
    {
        using VsockDriver guest = new() { Room = 1000 };
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        Assert.Equal(VsockDriver.Response, guest.Take().Operation);
        using Socket program = listener.Accept();
        byte[] data = Block.TemporaryFile.Pattern(2500);
        program.Send(data);
        program.Shutdown(SocketShutdown.Send);
        List<byte> got = [.. guest.Take().Data];
        Assert.Equal(1000, got.Count);
        Assert.Null(guest.TryTake());

        while (got.Count < data.Length)
        {
            guest.Taken = (uint)got.Count;
            guest.Send(VsockDriver.CreditUpdate, 52, 1000);
            got.AddRange(guest.Take().Data);
            Assert.True(got.Count <= guest.Taken + 1000);
        }

        Assert.Equal(data, got);
    }

    [Fact]
    public void Data_ofAProgramThatHasGone_isDeliveredThenTheEnd()
    {
        using VsockDriver guest = new() { Room = 4000 };
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        guest.Take();
        byte[] data = Block.TemporaryFile.Pattern(30_000);
        using (Socket program = listener.Accept())
        {
            program.Send(data);
        }

        List<byte> got = [];
        while (got.Count < data.Length)
        {
            VsockMessage message = guest.Take();
            Assert.Equal(VsockDriver.ReadWrite, message.Operation);
            got.AddRange(message.Data);
            guest.Taken = (uint)got.Count;
            guest.Send(VsockDriver.CreditUpdate, 52, 1000);
        }

        Assert.Equal(data, got);
        VsockMessage end = guest.Take();
        Assert.Equal(VsockDriver.Shutdown, end.Operation);
        guest.Send(VsockDriver.Shutdown, 52, 1000, flags: 3);
        Assert.Equal(VsockDriver.Reset, guest.Take().Operation);
    }

    [Fact]
    public void Credit_isGivenAsTheProgramReads()
    {
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        guest.Take();
        using Socket program = listener.Accept();
        byte[] data = Block.TemporaryFile.Pattern(60_000);
        guest.Send(VsockDriver.ReadWrite, 52, 1000, data);
        VsockMessage update = guest.Take();

        Assert.Equal(VsockDriver.CreditUpdate, update.Operation);
        Assert.True(update.Taken >= 32768);
        guest.Send(VsockDriver.CreditRequest, 52, 1000);
        Assert.Equal(VsockDriver.CreditUpdate, guest.Take().Operation);
    }

    // The guest never sent the answer's line. To Linux a count beyond what it sent is no room at all.
    [Fact]
    public void Credit_ofAProgramThatConnected_countsWhatTheGuestSent()
    {
        using VsockDriver guest = new();
        using Socket program = guest.Connect("CONNECT 1234\n");
        uint hostPort = guest.Take().HostPort;
        guest.Send(VsockDriver.Response, hostPort, 1234);
        guest.Send(VsockDriver.CreditRequest, hostPort, 1234);
        Assert.Equal(0u, guest.Take().Taken);

        guest.Send(VsockDriver.ReadWrite, hostPort, 1234, "hello"u8);
        guest.Send(VsockDriver.CreditRequest, hostPort, 1234);
        Assert.Equal(5u, guest.Take().Taken);
    }

    [Fact]
    public void Guest_thatSendsBeyondItsCredit_isCutOff()
    {
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        guest.Take();
        using Socket program = listener.Accept();
        byte[] data = new byte[60_000];
        VsockMessage? message = null;
        for (int i = 0; i < 100 && message?.Operation != VsockDriver.Reset; i++)
        {
            guest.Send(VsockDriver.ReadWrite, 52, 1000, data);
            message = guest.TryTake();
        }

        Assert.Equal(VsockDriver.Reset, message?.Operation);
    }

    [Fact]
    public void Shutdown_ofTheGuestsSending_reachesTheProgram()
    {
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        guest.Take();
        using Socket program = listener.Accept();
        guest.Send(VsockDriver.ReadWrite, 52, 1000, "last"u8);
        guest.Send(VsockDriver.Shutdown, 52, 1000, flags: 2);

        Assert.Equal("last", Receive(program, 4));
        Assert.Equal(0, ReceiveOrEnd(program));
        program.Send("still"u8);
        Assert.Equal("still"u8, guest.Take().Data);
    }

    [Fact]
    public void Packets_ofNoConnection_areRefusedAndStrangeOnesDropped()
    {
        using VsockDriver guest = new();
        guest.Send(VsockDriver.ReadWrite, 9, 9, "x"u8);
        Assert.Equal(VsockDriver.Reset, guest.Take().Operation);
        guest.Send(99, 9, 9);
        Assert.Equal(VsockDriver.Reset, guest.Take().Operation);
        guest.Send(VsockDriver.Request, 9, 9, type: 2);
        Assert.Equal(VsockDriver.Reset, guest.Take().Operation);

        guest.Send(VsockDriver.Reset, 9, 9);
        guest.Send(VsockDriver.Request, 9, 9, source: 4);
        guest.Send(VsockDriver.Request, 9, 9, destination: 5);
        guest.Send(VsockDriver.ReadWrite, 9, 9, length: uint.MaxValue);
        guest.Driver.Queue(1).Add((0x100, 43, false));
        guest.Driver.Queue(1).Kick();
        guest.Driver.Pump();
        Assert.Null(guest.TryTake());
    }

    [Fact]
    public void Refusals_thatAreNotTaken_haveAnEnd()
    {
        using VsockDriver guest = new(bufferCount: 0);
        for (int i = 0; i < 2000; i++)
        {
            guest.Send(VsockDriver.ReadWrite, 9, 9);
        }

        Assert.Equal(VirtioStatus.None, guest.Driver.Status & VirtioStatus.NeedsReset);
    }

    [Fact]
    public void Device_reset_hangsUpOnPrograms()
    {
        using VsockDriver guest = new();
        using Socket listener = guest.Listen(52);
        guest.Send(VsockDriver.Request, 52, 1000);
        guest.Take();
        using Socket program = listener.Accept();
        guest.Driver.Write(VirtioMmioRegister.Status, 0);
        guest.Driver.PumpUntil(() => program.Poll(0, SelectMode.SelectRead));

        Assert.Equal(0, ReceiveOrEnd(program));
    }

    [Fact]
    public void Device_restored_tellsTheGuestThatConnectionsAreGone()
    {
        using VsockDriver first = new();
        first.Driver.Device.Pause();
        byte[] state = first.Driver.Transport.Save();
        byte[] memory = new byte[VirtioDriver.MemorySize];
        first.Driver.Memory.Read(0, memory);
        string path = first.Path + "2";
        using VirtioDriver second = new((guest, loop) => new VirtioVsock(guest, loop, VsockDriver.Cid, path));
        second.Memory.Write(0, memory);
        second.Memory.Write(0x8_0000ul, uint.MaxValue);
        second.Transport.Restore(state);
        DriverQueue events = first.Driver.Queue(2);
        second.Memory.Write(events.Descriptors, 0x8_0000ul);
        second.Memory.Write(events.Descriptors + 8, 4u);
        second.Memory.Write(events.Descriptors + 12, (ushort)DriverQueue.Write);
        second.Memory.Write(events.Available + 4, (ushort)0);
        second.Memory.WriteVolatile(events.Available + 2, (ushort)1);
        second.Bell(2);
        second.Pump();

        Assert.Equal(1, second.Memory.Read<ushort>(events.Used + 2));
        Assert.Equal(0u, second.Memory.Read<uint>(0x8_0000));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(uint.MaxValue)]
    [InlineData(1ul << 32)]
    public void Cid_withAMeaning_isRefused(ulong cid)
    {
        using GuestMemory memory = new();
        using EventLoop loop = new();

        Assert.Throws<ArgumentOutOfRangeException>(() => new VirtioVsock(memory, loop, cid, "/tmp/never"));
    }

    private static string Receive(Socket socket, int length)
    {
        byte[] bytes = new byte[length];
        int received = 0;
        while (received < length)
        {
            int part = socket.Receive(bytes.AsSpan(received));
            Assert.NotEqual(0, part);
            received += part;
        }

        return Encoding.ASCII.GetString(bytes);
    }

    // A socket that was closed with bytes unread ends with an error instead.
    private static int ReceiveOrEnd(Socket socket)
    {
        int received = socket.Receive(new byte[1], SocketFlags.None, out SocketError error);
        return error == SocketError.Success ? received : 0;
    }
}
