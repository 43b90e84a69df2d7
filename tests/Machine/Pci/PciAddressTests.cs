using KvmInterop.Machine.Pci;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>What firmware would have done: places for base addresses.</summary>
public class PciAddressTests
{
    private static readonly PciWindow Ports = new(0x1000, 0xffff);
    private static readonly PciWindow Memory = new(0xc000_0000, 0xcfff_ffff);

    [Fact]
    public void Assign_everyBaseAddress_answersInItsWindow()
    {
        PciMachine machine = new(PciMachine.Sample());
        machine.Bus.Add(4, PciMachine.Sample());

        machine.Bus.AssignAddresses(Ports, Memory);

        // I/O of 32 ports, memory of 4 KiB and of 16 KiB, each at a multiple of its size.
        Assert.Equal(
            [0x1000ul, 0xc000_0000ul, 0xc000_4000ul, 0x1020ul, 0xc000_8000ul, 0xc000_c000ul],
            Places(machine, 3).Concat(Places(machine, 4)));
        Assert.Equal((0x1001u, 0xc000_0000u), (machine.Read(0x10), machine.Read(0x14)));
        Assert.Equal((0xc000_400cu, 0u), (machine.Read(0x20), machine.Read(0x24)));
        Assert.Equal(3u, machine.Read(0x04) & 7);
        Assert.Equal(0x10, machine.ReadPort(0x1020));
        Assert.Equal((0x40, 0x80), (machine.ReadMemory(0xc000_8000), machine.ReadMemory(0xc000_4000)));
    }

    [Fact]
    public void Assign_functionWithoutBaseAddresses_staysOff()
    {
        PciMachine machine = new(PciMachine.Sample());

        machine.Bus.AssignAddresses(Ports, Memory);

        Assert.Equal(0u, machine.Read(0x04, device: 0) & 7);
    }

    [Fact]
    public void Assign_movedByTheGuestAfterwards_isWhereTheGuestWantsIt()
    {
        PciMachine machine = new(PciMachine.Sample());
        machine.Bus.AssignAddresses(Ports, Memory);

        machine.Write(0x14, 0xc800_0000);

        Assert.Equal(0xff, machine.ReadMemory(0xc000_0000));
        Assert.Equal(0x40, machine.ReadMemory(0xc800_0000));
    }

    [Theory]
    [InlineData(0x1000, 0x101e, 0xc000_0000, 0xcfff_ffff)]
    [InlineData(0x1000, 0xffff, 0xc000_0000, 0xc000_7ffe)]
    [InlineData(0x1000, 0xffff, 0xc000_0000, 0xc000_3fff)]
    public void Assign_windowTooSmall_isRefusedAndChangesNothing(
        ulong firstPort, ulong lastPort, ulong firstAddress, ulong lastAddress)
    {
        PciMachine machine = new(PciMachine.Sample());

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(
            () => machine.Bus.AssignAddresses(new(firstPort, lastPort), new(firstAddress, lastAddress)));

        Assert.Contains("do not fit", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((1u, 0u, 0u), (machine.Read(0x10), machine.Read(0x14), machine.Read(0x04) & 7));
    }

    [Fact]
    public void Assign_windowsThatJustFit_areTaken()
    {
        PciMachine machine = new(PciMachine.Sample());

        machine.Bus.AssignAddresses(new(0x1000, 0x101f), new(0xc000_0000, 0xc000_7fff));

        Assert.Equal([0x1000ul, 0xc000_0000ul, 0xc000_4000ul], Places(machine, 3));
    }

    private static IEnumerable<ulong> Places(PciMachine machine, int device) =>
        machine.Bus.Find(device)!.Bars.Select(bar => bar.Address ?? 0);
}
