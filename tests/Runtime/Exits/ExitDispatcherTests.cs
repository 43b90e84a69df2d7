using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Bus;

namespace KvmInterop.Tests.Runtime.Exits;

public class ExitDispatcherTests
{
    private readonly SyntheticRun run = new();
    private readonly RecordingDevice device = new();
    private readonly ExitDispatcher dispatcher = new(new PioBus(), new MmioBus());

    public ExitDispatcherTests()
    {
        dispatcher.Pio.Register("ports", 0x10, 8, device);
        dispatcher.Mmio.Register("registers", 0x1000, 0x1000, device);
    }

    [Fact]
    public void IoOut_severalElements_givesEachToTheSamePort()
    {
        ExitAction action = dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x12, 2, 2, [1, 2, 3, 4]));

        Assert.Equal(ExitAction.Continue, action);
        Assert.Equal(["w 2 0102", "w 2 0304"], device.Log);
    }

    [Fact]
    public void IoIn_severalElements_fillsAllOfThem()
    {
        dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_IN, 0x12, 2, 4));

        Assert.Equal(["r 2 2", "r 2 2", "r 2 2", "r 2 2"], device.Log);
        Assert.Equal(
            [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0],
            run.Bytes.Slice(SyntheticRun.IoDataOffset, 9).ToArray());
    }

    [Fact]
    public void IoIn_unclaimed_overwritesWhatWasThere()
    {
        dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_IN, 0x80, 4, 1, [1, 2, 3, 4, 5]));

        Assert.Equal([0xff, 0xff, 0xff, 0xff, 5], run.Bytes.Slice(SyntheticRun.IoDataOffset, 5).ToArray());
        Assert.Equal(1, dispatcher.Pio.UnclaimedReads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Mmio_anyWidth_isOneAccess(int length)
    {
        dispatcher.Handle(run.Mmio(write: true, 0x1004, (uint)length, [1, 2, 3, 4, 5, 6, 7, 8]));
        VcpuExit read = run.Mmio(write: false, 0x1008, (uint)length);
        dispatcher.Handle(in read);

        Assert.Equal(
            [$"w 4 {Convert.ToHexStringLower([1, 2, 3, 4, 5, 6, 7, 8], 0, length)}", $"r 8 {length}"],
            device.Log);
        Assert.Equal(Enumerable.Range(0x10, length).Select(i => (byte)i), read.MmioData.ToArray());
    }

    [Fact]
    public void Handler_ofAReason_comesBeforeTheBus()
    {
        int calls = 0;
        dispatcher.On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit exit) =>
        {
            calls++;
            return exit.Io.port == 0x10 ? ExitAction.Stop : ExitAction.Default;
        });

        Assert.Equal(ExitAction.Stop, dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x10, 1, 1, [1])));
        Assert.Empty(device.Log);
        Assert.Equal(ExitAction.Continue, dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x11, 1, 1, [1])));
        Assert.Equal(["w 1 01"], device.Log);
        Assert.Equal(2, calls);

        dispatcher.On(KvmExitReason.KVM_EXIT_IO, null);
        dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x10, 1, 1, [1]));
        Assert.Equal(2, calls);
    }

    [Theory]
    [InlineData(KvmExitReason.KVM_EXIT_HLT)]
    [InlineData(KvmExitReason.KVM_EXIT_SHUTDOWN)]
    [InlineData((KvmExitReason)255)]
    [InlineData((KvmExitReason)uint.MaxValue)]
    public void Exit_withoutHandler_isLeftToTheCaller(KvmExitReason reason) =>
        Assert.Equal(ExitAction.Default, dispatcher.Handle(run.Exit(reason)));

    [Fact]
    public void Interruption_withoutHandler_runsOn() =>
        Assert.Equal(ExitAction.Continue, dispatcher.Handle(run.Exit(KvmExitReason.KVM_EXIT_INTR, errno: 4)));

    [Fact]
    public void On_reasonBeyondTheTable_isRefused()
    {
        dispatcher.On((KvmExitReason)255, null);

        Assert.Throws<ArgumentOutOfRangeException>(() => dispatcher.On((KvmExitReason)256, null));
    }

    [Fact]
    public void Handle_hundredThousandExits_allocatesNothing()
    {
        dispatcher.Mmio.Register("quiet", 0x8000, 0x1000, new QuietDevice());
        dispatcher.Pio.Register("quiet", 0x100, 8, new QuietDevice());
        Dispatch(1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Dispatch(100_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Dispatch(int times)
    {
        for (int i = 0; i < times; i++)
        {
            dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_IN, 0x100, 1, 4));
            dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x107, 4, 2));
            dispatcher.Handle(run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x200, 4, 1));
            dispatcher.Handle(run.Mmio(write: false, 0x8ffe, 4));
            dispatcher.Handle(run.Mmio(write: true, 0x9000, 8));
        }
    }

    private sealed class QuietDevice : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => data.Clear();

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
        }
    }
}
