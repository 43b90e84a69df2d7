using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Exits;

public class VcpuExitTests
{
    private readonly SyntheticRun run = new();

    [Fact]
    public void Io_out_hasMembersAndData()
    {
        VcpuExit exit = run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x3f8, 2, 3, [1, 2, 3, 4, 5, 6]);

        Assert.Equal((KvmApi.KVM_EXIT_IO_OUT, 0x3f8, 2, 3u),
            (exit.Io.direction, exit.Io.port, exit.Io.size, exit.Io.count));
        Assert.Equal([1, 2, 3, 4, 5, 6], exit.IoData.ToArray());
        Assert.False(exit.IsInterrupted);
        Assert.Equal("KVM_EXIT_IO", exit.ToString());
    }

    [Theory]
    [InlineData(0x2fff, 1, 1, true)] // the mapping's last byte
    [InlineData(0x2fff, 2, 1, false)]
    [InlineData(0x3000, 1, 1, false)]
    [InlineData(0x2000, 4, 0x400, true)] // a whole page
    [InlineData(0x2000, 4, 0x401, false)]
    [InlineData(ulong.MaxValue, 1, 1, false)]
    [InlineData(0x1000, 4, uint.MaxValue, false)]
    [InlineData(0, 255, uint.MaxValue, false)]
    public void IoData_atAnyOffset_staysInTheMapping(ulong offset, byte size, uint count, bool inside)
    {
        run.Io(KvmApi.KVM_EXIT_IO_IN, 0x10, size, count);
        run.Arm<kvm_run_io>(KvmRunOffsets.io).data_offset = offset;

        if (inside)
        {
            Assert.Equal(size * (int)count, run.Exit(KvmExitReason.KVM_EXIT_IO).IoData.Length);
        }
        else
        {
            Assert.Throws<InvalidDataException>(() => run.Exit(KvmExitReason.KVM_EXIT_IO).IoData.Length);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    [InlineData(uint.MaxValue, 8)]
    public void MmioData_anyLength_isAtMostEightBytes(uint length, int expected)
    {
        VcpuExit exit = run.Mmio(write: true, 0x1_0000_0000, length, [1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(0x1_0000_0000UL, exit.Mmio.phys_addr);
        Assert.Equal(1, exit.Mmio.is_write);
        Assert.Equal(Enumerable.Range(1, expected).Select(i => (byte)i), exit.MmioData.ToArray());
    }

    [Fact]
    public void Arm_ofAnotherReason_isRefusedByName()
    {
        run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x10, 1, 1, [1]);

        Exception e = Assert.Throws<InvalidOperationException>(
            () => run.Exit(KvmExitReason.KVM_EXIT_IO).Mmio.phys_addr);

        Assert.Equal("this exit is KVM_EXIT_IO, so kvm_run has nothing of KVM_EXIT_MMIO", e.Message);
        Assert.Throws<InvalidOperationException>(() => run.Exit(KvmExitReason.KVM_EXIT_HLT).IoData.Length);
        Assert.Throws<InvalidOperationException>(() => run.Exit(KvmExitReason.KVM_EXIT_HLT).MmioData.Length);
        Assert.Throws<InvalidOperationException>(() => run.Exit(KvmExitReason.KVM_EXIT_HLT).FailEntry.cpu);
    }

    [Fact]
    public void Reason_unknownToUs_isItsNumber() =>
        Assert.Equal("exit reason 60000", run.Exit((KvmExitReason)60000).ToString());
}
