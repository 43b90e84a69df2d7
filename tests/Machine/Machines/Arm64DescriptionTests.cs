using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;
using KvmInterop.Tests.Machine.Fdt;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>What an arm64 kernel is told of its machine.</summary>
public class Arm64DescriptionTests
{
    [SkippableFact]
    public void Description_ofAMachine_isATreeThatDtcDoesNotComplainOf()
    {
        Arm64Description description = new(256 << 20, [0x8000_0000, 0x8000_0001, 0x8000_0100], new byte[64]);
        description.AddVirtio(0x0a00_0000, 0x200, 16);

        (string source, string complaints) = Dtc.Read(
            description.ToBytes("console=ttyAMA0", new GuestPageRange(0x4400_0000, 0x1234)));

        Assert.Equal("", complaints);
        Assert.All(
            [
                "memory@40000000 {", "reg = <0x00 0x40000000 0x00 0x10000000>;",
                "cpu@0 {", "cpu@1 {", "cpu@100 {", "reg = <0x100>;",
                "bootargs = \"console=ttyAMA0\";", "stdout-path = \"/serial@9000000\";",
                "linux,initrd-start = <0x00 0x44000000>;", "linux,initrd-end = <0x00 0x44001234>;",
                "interrupt-controller@8000000 {",
                "reg = <0x00 0x8000000 0x00 0x10000 0x00 0x80a0000 0x00 0x60000>;",
                "virtio_mmio@a000000 {", "interrupts = <0x00 0x10 0x04>;", "rtc@9010000 {",
            ],
            line => Assert.Contains(line, source, StringComparison.Ordinal));
    }

    [Fact]
    public void Description_ofTheNextStart_hasItsCommandLineAlone()
    {
        Arm64Description description = new(256 << 20, [0], new byte[64]);

        byte[] first = description.ToBytes("one", null);
        description.ToBytes("another", null);

        Assert.Equal(first, description.ToBytes("one", null));
    }

    [Theory]
    [InlineData(0, 0xf000_0000, true)]
    [InlineData(4096, 0xf000_0000, false)]
    [InlineData(4096, 0x0000_0000, true)]
    [InlineData(16384, 0x0000_0000, false)]
    [InlineData(16384, 0x0010_0000, true)]
    [InlineData(65536, 0x0f00_0000, false)]
    [InlineData(65536, 0x0000_0000, true)]
    public void Granules_ofAKernel_areThoseOfTheProcessor(int pageSize, uint features, bool isThere)
    {
        Exception? e = Record.Exception(() => Granules.Check(pageSize, features));

        Assert.Equal(isThere, e is null);
        Assert.True(e is null or BootImageException);
    }
}
