using KvmInterop.Machine.Pci;
using KvmInterop.Tests.Machine.Devices;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>Message-signalled interrupts: table, masks, pending bits (PCI 3.0, 6.8.2).</summary>
public class MsixTests
{
    private const uint Enable = 0x8000_0000;
    private const uint FunctionMask = 0x4000_0000;
    private const ulong Table = 0xe000_0000;
    private const ulong Pending = Table + 0x800;

    private readonly RecordingMessages messages = new();
    private readonly PciFunction function = new(new PciIdentity(1, 2, 3));
    private readonly Msix msix;
    private readonly PciMachine machine;

    public MsixTests()
    {
        msix = function.AddMsix(40, 1, messages);
        machine = new PciMachine(function);
        machine.Write(0x14, (uint)Table);
        machine.Write(0x04, 2);
    }

    [Fact]
    public void Capability_saysWhereTableAndPendingBitsAre()
    {
        Assert.Equal(0x40u, machine.Read(0x34));
        Assert.Equal(0x0027_0011u, machine.Read(0x40));
        Assert.Equal(0x0000_0001u, machine.Read(0x44));
        Assert.Equal(0x0000_0801u, machine.Read(0x48));
        machine.Write(0x40, uint.MaxValue);
        Assert.Equal(0xc027_0011u, machine.Read(0x40));
    }

    [Fact]
    public void AddMsix_baseAddressTaken_isRefusedAndCanBeDoneElsewhere()
    {
        PciFunction other = new(new PciIdentity(1, 2, 3));
        other.AddBar(0, PciBarKind.Memory32, 16, BusDevice.FromDelegates(null, null));

        Assert.Throws<ArgumentException>(() => other.AddMsix(1, 0, messages));
        Assert.Null(other.Msix);
        Assert.Same(other.AddMsix(1, 1, messages), other.Msix);
        Assert.Throws<InvalidOperationException>(() => other.AddMsix(1, 2, messages));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new PciFunction(default).AddMsix(2049, 2, messages));
    }

    [Fact]
    public void Vectors_afterReset_areMaskedAndDisabled()
    {
        for (ulong vector = 0; vector < 40; vector++)
        {
            Assert.Equal(1u, Read(Table + (vector * 16) + 12));
        }

        Assert.False(msix.IsEnabled);
        Assert.False(msix.Vectors[0].Signal());
        Assert.Empty(messages.Sent);
        Assert.Equal(0u, Read(Pending));
    }

    [Fact]
    public void Signal_enabledAndUnmasked_sendsTheGuestsMessage()
    {
        Program(2, 0x1_fee0_1004, 0x4041);
        machine.Write(0x40, Enable);

        Assert.True(msix.Vectors[2].Signal());
        Assert.True(msix.Vectors[2].Signal());

        Assert.Equal(["1fee01004 4041", "1fee01004 4041"], messages.Sent);
        Assert.Equal(0u, Read(Pending));
    }

    [Fact]
    public void Signal_masked_isPendingAndSentOnceWhenUnmasked()
    {
        machine.Write(0x40, Enable);
        Assert.True(msix.Vectors[33].Signal());
        Assert.True(msix.Vectors[33].Signal());
        Assert.Equal(0u, Read(Pending));
        Assert.Equal(2u, Read(Pending + 4));
        Assert.Empty(messages.Sent);

        Program(33, 0xfee0_0000, 0x33);

        Assert.Equal(["fee00000 33"], messages.Sent);
        Assert.Equal(0u, Read(Pending + 4));
    }

    [Fact]
    public void Signal_functionMasked_isPendingUntilTheFunctionIsUnmasked()
    {
        Program(0, 0xfee0_0000, 1);
        Program(1, 0xfee0_0000, 2);
        machine.Write(0x40, Enable | FunctionMask);
        msix.Vectors[0].Signal();
        msix.Vectors[1].Signal();
        Assert.Equal(3u, Read(Pending));
        Assert.Empty(messages.Sent);

        machine.Write(0x40, Enable);

        Assert.Equal(["fee00000 1", "fee00000 2"], messages.Sent);
    }

    [Fact]
    public void PendingBits_written_stay()
    {
        machine.Write(0x40, Enable);
        msix.Vectors[5].Signal();
        Write(Pending, 0);
        Assert.Equal(0x20u, Read(Pending));
        Write(Pending, uint.MaxValue);
        Assert.Equal(0x20u, Read(Pending));
    }

    [Fact]
    public void Table_beyondItsVectors_isEmpty()
    {
        Write(Table + (40 * 16), uint.MaxValue);

        Assert.Equal(0u, Read(Table + (40 * 16)));
        Assert.Equal(0u, Read(Pending + 0x700));
    }

    [Fact]
    public void Table_wideAndNarrowAccesses_areItsBytes()
    {
        machine.Mmio.Write(Table, [0x04, 0x10, 0xe0, 0xfe, 1, 0, 0, 0]);
        machine.Mmio.Write(Table + 8, [0x41, 0x40, 0, 0, 0, 0, 0, 0]);
        machine.Mmio.Write(Table + 9, [0x50]);
        machine.Write(0x40, Enable);
        msix.Vectors[0].Signal();

        Assert.Equal(["1fee01004 5041"], messages.Sent);
    }

    [Fact]
    public void Restore_pendingAndMasked_isSentThereWhenUnmasked()
    {
        Program(1, 0xfee0_0000, 0x77);
        Write(Table + 16 + 12, 1);
        machine.Write(0x40, Enable);
        msix.Vectors[1].Signal();
        RecordingMessages otherMessages = new();
        PciFunction other = new(new PciIdentity(1, 2, 3));
        other.AddMsix(40, 1, otherMessages);
        PciMachine otherMachine = new(other);

        otherMachine.Bus.Restore(machine.Bus.Save());

        Assert.Empty(otherMessages.Sent);
        Assert.Equal(machine.Bus.Save(), otherMachine.Bus.Save());
        otherMachine.Mmio.Write(Table + 16 + 12, [0, 0, 0, 0]);
        Assert.Equal(["fee00000 77"], otherMessages.Sent);
    }

    [Fact]
    public void Restore_otherNumberOfVectors_isRefused()
    {
        PciFunction other = new(new PciIdentity(1, 2, 3));
        other.AddMsix(4, 1, messages);
        PciMachine otherMachine = new(other);

        Exception e = Assert.Throws<StateException>(() => otherMachine.Bus.Restore(machine.Bus.Save()));

        Assert.Contains("this machine's function has 4 vectors", e.Message);
    }

    [Fact]
    public void Signal_fromThreadsWhileTheGuestMasks_losesNone()
    {
        Program(0, 0xfee0_0000, 1);
        machine.Write(0x40, Enable);
        Thread[] devices = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                msix.Vectors[0].Signal();
            }
        }))];
        Array.ForEach(devices, thread => thread.Start());
        for (int i = 0; i < 10_000; i++)
        {
            Write(Table + 12, (uint)(i & 1));
        }

        Array.ForEach(devices, thread => thread.Join());
        messages.Sent.Clear();
        Write(Table + 12, 1);
        msix.Vectors[0].Signal();
        Write(Table + 12, 0);
        Assert.Equal(["fee00000 1"], messages.Sent);
        Assert.Equal(0u, Read(Pending));
    }

    private void Program(int vector, ulong address, uint data)
    {
        ulong entry = Table + (ulong)(vector * 16);
        Write(entry, (uint)address);
        Write(entry + 4, (uint)(address >> 32));
        Write(entry + 8, data);
        Write(entry + 12, 0);
    }

    private uint Read(ulong address)
    {
        Span<byte> data = stackalloc byte[4];
        machine.Mmio.Read(address, data);
        return BitConverter.ToUInt32(data);
    }

    private void Write(ulong address, uint value) => machine.Mmio.Write(address, BitConverter.GetBytes(value));
}
