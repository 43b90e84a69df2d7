using System.Text;
using KvmInterop.Machine;

namespace KvmInterop.Tests.Machine.Gdb;

/// <summary>The protocol, with a machine that does nothing by itself.</summary>
public sealed class GdbSessionTests : IDisposable
{
    private readonly FakeTarget target = new();
    private readonly GdbServer server;
    private readonly GdbClient client;

    public GdbSessionTests()
    {
        server = GdbServer.Listen(target);
        client = new GdbClient(server);
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }

    [Theory]
    [InlineData("?", "T05thread:1;")]
    [InlineData("qC", "QC1")]
    [InlineData("qAttached", "1")]
    [InlineData("qfThreadInfo", "m1,2")]
    [InlineData("qsThreadInfo", "l")]
    [InlineData("qThreadExtraInfo,2", "70726f636573736f722032")]
    [InlineData("vCont?", "vCont;c;C;s;S;t")]
    [InlineData("vMustReplyEmpty", "")]
    [InlineData("qSomething", "")]
    [InlineData("!", "")]
    [InlineData("T2", "OK")]
    [InlineData("T3", "E01")]
    [InlineData("Hg2", "OK")]
    [InlineData("Hg-1", "OK")]
    [InlineData("Hg9", "E01")]
    [InlineData("qRcmd,6869", "313a2068690a")]
    public void Query_getsItsAnswer(string packet, string answer) => Assert.Equal(answer, client.Ask(packet));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("m1000")]
    [InlineData("mxyz,1")]
    [InlineData("m1000,1ffffffffffffffff")]
    [InlineData("M1000,2:00")]
    [InlineData("M1000,ffffffffffffffff:00")]
    [InlineData("X1000,5:ab")]
    [InlineData("p")]
    [InlineData("p99")]
    [InlineData("pffffffffffffffff")]
    [InlineData("P0")]
    [InlineData("P0=00")]
    [InlineData("G00")]
    [InlineData("H")]
    [InlineData("Hx1")]
    [InlineData("Z")]
    [InlineData("Z0")]
    [InlineData("Z0,zz,1")]
    [InlineData("Z9,1000,1")]
    [InlineData("vCont;")]
    [InlineData("vCont;q")]
    [InlineData("vCont;c:77")]
    [InlineData("qRcmd,6")]
    [InlineData("qRcmd,zz")]
    [InlineData("qXfer:features:read:target.xml:0")]
    [InlineData("qXfer:features:read:other.xml:0,100")]
    [InlineData("qThreadExtraInfo,")]
    [InlineData("cxyz")]
    public void Malformed_isRefusedAndTheNextPacketIsAnswered(string packet)
    {
        Assert.Contains(client.Ask(packet), (string[])["", "E01"]);
        Assert.Equal("QC1", client.Ask("qC"));
        Assert.DoesNotContain(target.Log, line => line.StartsWith("resume", StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_atRandom_endNothing()
    {
        Random random = new(1);
        byte[] noise = new byte[4096];
        for (int round = 0; round < 20; round++)
        {
            random.NextBytes(noise);

            // Without what would end the session, or leave a packet open.
            client.Raw(Encoding.Latin1.GetString(noise).Replace('$', '!') + "$x#00");
        }

        client.Raw(GdbClient.Packet("qC"));
        StringBuilder got = new();
        while (!got.ToString().EndsWith("$QC1#c5", StringComparison.Ordinal))
        {
            got.Append((char)client.Byte());
        }
    }

    [Fact]
    public void Checksum_thatIsWrong_asksForThePacketAgain()
    {
        client.Raw("$qC#00");
        Assert.Equal('-', (char)client.Byte());
        Assert.Equal("QC1", client.Ask("qC"));
        client.Raw("-");
        Assert.Equal("QC1", client.Answer());
    }

    [Fact]
    public void Packet_thatIsTooLong_isNotTaken()
    {
        client.Raw(GdbClient.Packet(new string('m', GdbPackets.MostContent + 1)));
        Assert.Equal('-', (char)client.Byte());
        Assert.Equal("QC1", client.Ask("qC"));
    }

    [Fact]
    public void NoAckMode_sendsNoAcknowledgementAfterItsAnswer()
    {
        Assert.Contains("QStartNoAckMode+", client.Ask("qSupported:swbreak+"), StringComparison.Ordinal);
        Assert.Equal("OK", client.Ask("QStartNoAckMode"));

        client.Raw(GdbClient.Packet("qC"));

        Assert.Equal("QC1", client.AnswerWithoutAcknowledgement());
    }

    [Fact]
    public void Description_isReadInPieces()
    {
        string whole = "";
        string piece;
        do
        {
            piece = client.Ask($"qXfer:features:read:target.xml:{whole.Length:x},40");
            whole += piece[1..];
        }
        while (piece[0] == 'm');

        Assert.Equal(target.Registers.Description, whole);
        Assert.Contains(
            "<reg name=\"flags\" bitsize=\"32\" type=\"int32\" regnum=\"2\"/>", whole,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_areReadAndWrittenWholeAndOneByOne()
    {
        Assert.Equal("OK", client.Ask("G" + string.Concat(Enumerable.Repeat("11", 20))));
        Assert.Equal("OK", client.Ask("P2=78563412"));
        Assert.Equal("OK", client.Ask("Hg2"));

        Assert.Equal("78563412", client.Ask("p2"));
        Assert.Equal("02111111111111111111111111111111" + "78563412", client.Ask("g"));
    }

    [Fact]
    public void Memory_isReadAndWrittenInBothForms()
    {
        Assert.Equal("OK", client.Ask("M1000,3:010203"));
        Assert.Equal("OK", client.Ask("X1003,2:}\u0003*"));

        Assert.Equal("010203232a", client.Ask("m1000,5"));
        Assert.Equal("0000", client.Ask("m1ffe,8"));
        Assert.Equal("E01", client.Ask("m3000,4"));
        Assert.Equal("E01", client.Ask("M1fff,2:0000"));
    }

    [Fact]
    public void Breakpoints_areInsertedAndRemoved()
    {
        Assert.Equal("OK", client.Ask("Z1,1234,1"));
        Assert.Equal("OK", client.Ask("Z2,2000,4"));
        Assert.Equal("", client.Ask("Z3,2000,4"));
        Assert.Equal("E01", client.Ask("Z0,0,1"));
        Assert.Equal("OK", client.Ask("z1,1234,1"));
        Assert.Contains(new GdbBreakpoint(GdbBreakpointKind.Write, 0x2000, 4), target.Breakpoints);
        Assert.DoesNotContain(new GdbBreakpoint(GdbBreakpointKind.Hardware, 0x1234, 1), target.Breakpoints);
    }

    [Theory]
    [InlineData("vCont;c", "resume 1c 2c")]
    [InlineData("vCont;s:1;c", "resume 1s 2c")]
    [InlineData("vCont;s:2", "resume 2s")]
    [InlineData("vCont;t:1;C05", "resume 2c")]
    [InlineData("vCont;S05:-1", "resume 1s 2s")]
    [InlineData("c", "resume 1c 2c")]
    [InlineData("s", "resume 1s")]
    [InlineData("C05", "resume 1c 2c")]
    [InlineData("S05;1234", "resume 1s")]
    public void Resume_namesItsThreads(string packet, string resumed)
    {
        Run(packet);
        target.Stop(new GdbStop(1, 5));

        Assert.Equal("T05thread:1;", client.Answer());
        Assert.Equal(resumed, target.Log[^1]);
    }

    [Fact]
    public void Resume_atAnAddress_setsTheProgramCounter()
    {
        Run("c1234");
        target.Stop(new GdbStop(1, 5));
        client.Answer();

        Assert.Equal("3412000000000000", client.Ask("p1"));
    }

    [Theory]
    [InlineData(GdbBreakpointKind.Software, "swbreak:;")]
    [InlineData(GdbBreakpointKind.Hardware, "hwbreak:;")]
    [InlineData(GdbBreakpointKind.Write, "watch:1234;")]
    [InlineData(GdbBreakpointKind.Read, "rwatch:1234;")]
    [InlineData(GdbBreakpointKind.Access, "awatch:1234;")]
    public void Stop_tellsItsReason(GdbBreakpointKind kind, string reason)
    {
        client.Ask("qSupported:swbreak+;hwbreak+");
        Run("vCont;c");
        target.Stop(new GdbStop(2, 5, new GdbBreakpoint(kind, 0x1234, 4)));

        Assert.Equal("T05thread:2;" + reason, client.Answer());
        Assert.Equal("QC2", client.Ask("qC"));
    }

    [Fact]
    public void Stop_withAMessage_printsItFirst()
    {
        Run("vCont;c");
        target.Stop(new GdbStop(1, 6, null, "it failed"));

        Assert.Equal("O" + Convert.ToHexStringLower("it failed\n"u8), client.Answer());
        Assert.Equal("T06thread:1;", client.Answer());
    }

    [Fact]
    public void Stop_ofTheWholeMachine_isItsExit()
    {
        Run("vCont;c");
        target.Stop(new GdbStop(1, 0));

        Assert.Equal("W00", client.Answer());
    }

    [Fact]
    public void ControlC_interrupts()
    {
        Run("vCont;c");
        client.Raw("\u0003");

        Assert.Equal("T02thread:2;", client.Answer());
        Assert.Contains("interrupt", target.Log);
    }

    [Fact]
    public void Thread_thatHasEnded_isNeitherListedNorRun()
    {
        target.SecondIsAlive = false;

        Assert.Equal("m1", client.Ask("qfThreadInfo"));
        Assert.Equal("E01", client.Ask("vCont;c:2"));
    }

    [Theory]
    [InlineData("D", "OK")]
    [InlineData("vKill;1", "OK")]
    [InlineData("k", null)]
    public void Leaving_detachesAndTheNextDebuggerMayCome(string packet, string? answer)
    {
        client.Raw(GdbClient.Packet(packet));
        Assert.Equal('+', (char)client.Byte());
        if (answer is not null)
        {
            Assert.Equal(answer, client.Answer());
        }

        using GdbClient second = new(server);
        Assert.Equal("QC1", second.Ask("qC"));
        Assert.Equal(
            packet == "D" ? ["attach", "detach", "attach"] : (string[])["attach", "kill", "detach", "attach"],
            target.Log);
    }

    [Fact]
    public void Connection_thatBreaksWhileTheMachineRuns_detaches()
    {
        Run("vCont;c");
        client.Dispose();

        using GdbClient second = new(server);
        Assert.Equal("QC1", second.Ask("qC"));
        Assert.Equal(["attach", "resume 1c 2c", "interrupt", "detach", "attach"], target.Log);
    }

    [Fact]
    public void Dispose_whileADebuggerIsThere_detaches()
    {
        client.Ask("qC");
        server.Dispose();

        Assert.Equal("detach", target.Log[^1]);
        Assert.True(server.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void Dispose_afterTheMachineHasEnded_tellsTheDebugger()
    {
        Run("vCont;c");
        target.StopOfInterrupt = new GdbStop(1, 0);

        server.Dispose();

        Assert.Equal("W00", client.AnswerWithoutAcknowledgement());
        Assert.Equal(["attach", "resume 1c 2c", "interrupt", "detach"], target.Log);
    }

    [Fact]
    public async Task Attached_whenADebuggerHasCome_ends()
    {
        await server.Attached.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["attach"], target.Log);
    }

    [Fact]
    public void Attached_whenNoneEverCame_isCancelled()
    {
        GdbServer lonely = GdbServer.Listen(new FakeTarget());
        Assert.False(lonely.Attached.IsCompleted);

        lonely.Dispose();

        Assert.True(lonely.Attached.IsCanceled);
    }

    [Fact]
    public void UnixSocket_isServedAndDeleted()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using (GdbServer local = GdbServer.ListenUnix(new FakeTarget(), path))
        {
            using GdbClient first = new(local);
            Assert.Equal("QC1", first.Ask("qC"));
            Assert.Equal(0, local.Port);
        }

        Assert.False(File.Exists(path));
    }

    // A packet that starts the machine has only an acknowledgement for the moment.
    private void Run(string packet)
    {
        client.Raw(GdbClient.Packet(packet));
        Assert.Equal('+', (char)client.Byte());
        Assert.True(target.Resumed.Wait(TimeSpan.FromSeconds(30)));
    }
}
