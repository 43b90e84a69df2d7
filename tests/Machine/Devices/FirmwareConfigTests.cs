using System.Buffers.Binary;
using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>fw_cfg by ports and by DMA.</summary>
public sealed class FirmwareConfigTests : IDisposable
{
    private const ulong Command = 0x100;
    private const uint Error = 1;
    private const uint Read = 2;
    private const uint Skip = 4;
    private const uint Select = 8;
    private const uint Write = 16;

    private readonly GuestMemory memory = new();
    private readonly FirmwareConfig config;

    public FirmwareConfigTests()
    {
        memory.Add(0, 0x10000);
        config = new FirmwareConfig(memory);
        config.AddFile("etc/b", "second"u8.ToArray());
        config.AddFile("etc/a", "first"u8.ToArray());
        config.Set(FirmwareConfigKeys.MemorySize, 0x1122_3344_5566_7788UL);
        config.Set(FirmwareConfigKeys.Cpus, (ushort)3);
    }

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Ports_items_areReadByteByByteWithZerosBehind()
    {
        Assert.Equal("QEMU\0\0"u8.ToArray(), Item(0x00, 6));
        Assert.Equal([3, 0, 0, 0], Item(0x01, 4));
        Assert.Equal([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0], Item(0x03, 9));
        Assert.Equal([3, 0], Item(0x05, 2));
        Assert.Equal([0, 0], Item(0x1234, 2));
    }

    [Fact]
    public void Ports_withoutDma_haveNone()
    {
        FirmwareConfig plain = new();
        plain.WriteUInt16(0, 1);
        Assert.Equal(1, plain.ReadByte(1));
        Assert.Equal(0u, plain.ReadUInt32(4));
        plain.WriteUInt32(8, 0);
    }

    [Fact]
    public void Directory_files_areSortedAndHaveTheirKeys()
    {
        byte[] directory = Item(0x19, 4 + (2 * 64));

        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(directory));
        Assert.Equal((5u, 0x20, "etc/a"), Entry(directory.AsSpan(4)));
        Assert.Equal((6u, 0x21, "etc/b"), Entry(directory.AsSpan(68)));
        Assert.Equal("first"u8.ToArray(), Item(0x20, 5));
        Assert.Equal("second"u8.ToArray(), Item(0x21, 6));
    }

    [Fact]
    public void AddFile_nameThatDoesNotFit_isRefused()
    {
        Assert.Throws<ArgumentException>(() => config.AddFile(new string('x', 56), default));
        Assert.Throws<ArgumentException>(() => config.AddFile("å", default));
        Assert.Throws<ArgumentException>(() => config.AddFile("etc/a", default));
        Assert.Throws<ArgumentException>(() => config.Set(0x19, default(ReadOnlyMemory<byte>)));
        Assert.Throws<ArgumentException>(() => config.Set(0x21, default(ReadOnlyMemory<byte>)));
        config.AddFile(new string('x', 55), default);
    }

    [Fact]
    public void Dma_signature_saysThatItIsThere()
    {
        byte[] data = new byte[8];
        config.Read(4, data);

        Assert.Equal("QEMU CFG"u8.ToArray(), data);
        config.Read(8, data.AsSpan(0, 4));
        Assert.Equal(" CFG"u8.ToArray(), data[..4]);
    }

    [Fact]
    public void Dma_selectAndRead_copiesAndClears()
    {
        memory.Fill(0x2000, 16, 0xff);

        Assert.Equal(0u, Run(Select | Read | 0x21u << 16, 8, 0x2000));

        Assert.Equal("second\0\0"u8.ToArray(), Memory(0x2000, 8));
        Assert.Equal(0xff, Memory(0x2008, 1)[0]);
    }

    [Fact]
    public void Dma_skip_goesOnBehind()
    {
        Run(Select | 0x21u << 16, 0, 0);
        Run(Skip, 2, 0);
        Run(Read, 4, 0x2000);

        Assert.Equal("cond"u8.ToArray(), Memory(0x2000, 4));
        Assert.Equal(0u, Run(Skip, uint.MaxValue, 0));
        Assert.Equal(0u, Run(Skip, uint.MaxValue, 0));
        Assert.Equal(0u, Run(Read, 1, 0x2000));
        Assert.Equal(0, Memory(0x2000, 1)[0]);
    }

    [Theory]
    [InlineData(Read, 4u, 0x10000UL)]
    [InlineData(Read, 4u, 0xfffeUL)]
    [InlineData(Read, uint.MaxValue, 0x2000UL)]
    [InlineData(Read, 4u, ulong.MaxValue - 1)]
    [InlineData(Write, 4u, 0x2000UL)]
    public void Dma_outsideOfMemoryOrToWrite_isAnErrorAndChangesNothing(uint control, uint length, ulong target)
    {
        memory.Fill(0x2000, 16, 0xff);

        Assert.Equal(Error, Run(Select | control | 0x21u << 16, length, target));

        Assert.Equal(0xff, Memory(0x2000, 1)[0]);
    }

    [Fact]
    public void Dma_commandOutsideOfMemory_isDropped()
    {
        config.WriteUInt32(4, 0xffff_ffff);
        config.WriteUInt32(8, 0xffff_ffff);
        config.WriteUInt32(4, 0);
        config.WriteUInt32(8, 0x0000_0100);
        config.WriteUInt32(8, 0xf8ff_0000);
    }

    [Fact]
    public void Dma_addressIn8Bytes_runsToo()
    {
        Prepare(Select | Read | 0x20u << 16, 5, 0x2000);
        byte[] address = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(address, Command);
        config.Write(4, address);

        Assert.Equal("first"u8.ToArray(), Memory(0x2000, 5));
    }

    [Fact]
    public void Access_ofOtherWidths_doesNothing()
    {
        config.WriteUInt16(0, 0x20);
        config.WriteByte(0, 0x21);
        config.WriteByte(1, 0x21);
        config.WriteUInt32(0, 0x21);
        Assert.Equal(0, config.ReadUInt16(0));

        Assert.Equal((byte)'f', config.ReadByte(1));
    }

    [Fact]
    public void Restore_saved_goesOnInTheItem()
    {
        config.WriteUInt16(0, 0x21);
        config.ReadByte(1);
        FirmwareConfig other = new(memory);
        other.AddFile("etc/b", "second"u8.ToArray());
        other.AddFile("etc/a", "first"u8.ToArray());

        other.Restore(config.Save());

        Assert.Equal((byte)'e', other.ReadByte(1));
    }

    [Fact]
    public void Access_anyPortsAndBytes_neverFails()
    {
        Random random = new(1);
        byte[] data = new byte[8];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(data);
            memory.Write(Command, data);
            memory.Write(Command + 8, [0, 0, 0, 0, 0, 0, (byte)random.Next(256), (byte)random.Next(256)]);
            int length = 1 << random.Next(4);
            int offset = random.Next(12 - Math.Min(length, 8) + 1);
            if (random.Next(3) == 0)
            {
                BinaryPrimitives.WriteUInt64BigEndian(data, Command);
            }

            config.Write((ulong)offset, data.AsSpan(0, length));
            config.Read((ulong)offset, data.AsSpan(0, length));
        }
    }

    private static (uint Size, int Key, string Name) Entry(ReadOnlySpan<byte> entry) => (
        BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadUInt16BigEndian(entry[4..]),
        Encoding.ASCII.GetString(entry[8..64]).TrimEnd('\0'));

    private byte[] Item(ushort key, int length)
    {
        config.WriteUInt16(0, key);
        return [.. Enumerable.Range(0, length).Select(_ => config.ReadByte(1))];
    }

    private byte[] Memory(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }

    private void Prepare(uint control, uint length, ulong target)
    {
        byte[] command = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(command, control);
        BinaryPrimitives.WriteUInt32BigEndian(command.AsSpan(4), length);
        BinaryPrimitives.WriteUInt64BigEndian(command.AsSpan(8), target);
        memory.Write(Command, command);
    }

    private uint Run(uint control, uint length, ulong target)
    {
        Prepare(control, length, target);
        config.WriteUInt32(8, BinaryPrimitives.ReverseEndianness((uint)Command));
        return BinaryPrimitives.ReadUInt32BigEndian(Memory(Command, 4));
    }
}
