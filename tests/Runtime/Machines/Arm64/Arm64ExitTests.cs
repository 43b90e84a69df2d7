using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Exits of arm64 guests on a real arm64 kernel.</summary>
public class Arm64ExitTests
{
    private static readonly ulong[] Values = [0x11, 0x2211, 0x44332211, 0x8877665544332211];

    [SkippableFact]
    public void Mmio_writeOf1248Bytes_isOneAccessEach()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Arm64Machine.MmioAddress);
            guest.Move(5, Values[3]);
            guest.Store(1, 5, 4, 0);
            guest.Store(2, 5, 4, 2);
            guest.Store(4, 5, 4, 4);
            guest.Store(8, 5, 4, 8);
            guest.Call(Arm64Machine.PsciSystemOff);
        });

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        Assert.Equal(["w 0 11", "w 2 1122", "w 4 11223344", "w 8 1122334455667788"], machine.Device.Log);
    }

    [SkippableFact]
    public void Mmio_readOf1248Bytes_givesTheDevicesBytes()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Arm64Machine.MmioAddress);
            guest.Move(6, Arm64Machine.Buffer);
            foreach (int bytes in (int[])[1, 2, 4, 8])
            {
                guest.Move(5, ulong.MaxValue);
                guest.Load(bytes, 5, 4, bytes);
                guest.Store(8, 5, 6, 8 * int.Log2(bytes));
            }

            guest.Call(Arm64Machine.PsciSystemOff);
        });

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        // A load of fewer bytes clears the rest of the register.
        Assert.Equal(["r 1 1", "r 2 2", "r 4 4", "r 8 8"], machine.Device.Log);
        Assert.Equal(
            "1000000000000000" + "1112000000000000" + "1314151600000000" + "1718191a1b1c1d1e",
            Convert.ToHexStringLower(machine.Read(Arm64Machine.Buffer, 32)));
    }

    [SkippableFact]
    public void Mmio_unclaimed_readsOnesAndDrops()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Arm64Machine.MmioAddress + 0x10000);
            guest.Store(4, 5, 4);
            guest.Load(4, 5, 4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        Assert.Equal(uint.MaxValue, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(5)));
        Assert.Equal((1, 1), (machine.Loop.Mmio.UnclaimedReads, machine.Loop.Mmio.UnclaimedWrites));
    }

    [SkippableTheory]
    [InlineData(Arm64Machine.PsciSystemOff, KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN)]
    [InlineData(Arm64Machine.PsciSystemReset, KvmApi.KVM_SYSTEM_EVENT_RESET)]
    public void Psci_systemCall_isASystemEvent(uint function, int type)
    {
        using Arm64Machine machine = new(guest => guest.Call(function));

        VcpuStop.SystemEvent stop = Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        Assert.Equal((uint)type, stop.Type);
        Assert.Equal(type == KvmApi.KVM_SYSTEM_EVENT_RESET, stop.IsReset);
        Assert.Equal(type == KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN, stop.IsShutdown);
    }

    [SkippableFact]
    public void Mmio_withoutASyndrome_isRefusedWithTheReason()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Arm64Machine.MmioAddress);
            guest.LoadPair(4);
        });

        KvmException e = Assert.Throws<KvmException>(() => machine.Loop.Run());

        Assert.Equal(("KVM_RUN", "ENOSYS"), (e.Operation, e.ErrnoName));
        Assert.Contains(
            "an instruction that this processor does not describe", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Device.Log);
    }

    [SkippableFact]
    public void Run_tenThousandExits_allocatesNothingPerExit()
    {
        const long Exits = 10_000;
        const ulong Measured = Arm64Machine.MmioAddress + 0x10000;
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Measured);
            int again = guest.Here;
            guest.Store(4, 5, 4);
            guest.Load(2, 5, 4, 2);
            guest.Branch(again);
        });
        MeasuringDevice device = new() { Last = Exits, Enough = machine.Loop.Stop };
        machine.Loop.Mmio.Register("measuring", Measured, 0x1000, device);

        Assert.IsType<VcpuStop.Requested>(machine.Loop.Run());

        Assert.True(device.Seen >= Exits);
        Assert.Equal(0, device.AllocatedAtLast - device.AllocatedAtFirst);
    }
}
