using System.Numerics;

namespace KvmInterop.Tests.Runtime.Bus;

/// <summary>Accesses of every width and place to registers of one width.</summary>
public class RegisterDeviceTests
{
    [Fact]
    public void Access_ofTheWidth_isOneCall()
    {
        Registers<ushort> two = new();
        Registers<ulong> eight = new();

        two.Write(2, [0x11, 0x22]);
        eight.Write(8, [1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(["w 2 2211"], two.Log);
        Assert.Equal(["w 8 807060504030201"], eight.Log);
        Assert.Equal([0x11, 0x22], Read(two, 2, 2));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read(eight, 8, 8));
    }

    [Fact]
    public void Read_narrow_picksBytes()
    {
        Registers<uint> device = new() { [4] = 0x44332211 };

        Assert.Equal([0x22, 0x33], Read(device, 5, 2));

        Assert.Equal(["r 4"], device.Log);
    }

    [Fact]
    public void Read_misaligned_takesFromEachRegisterOnce()
    {
        Registers<uint> device = new() { [0] = 0x44332211, [4] = 0x88776655, [8] = 0xccbbaa99 };

        Assert.Equal([0x44, 0x55, 0x66, 0x77, 0x88, 0x99], Read(device, 3, 6));

        Assert.Equal(["r 0", "r 4", "r 8"], device.Log);
    }

    [Fact]
    public void Write_wide_isSplitByRisingOffset()
    {
        Registers<byte> device = new();

        device.Write(5, [1, 2, 3]);

        Assert.Equal(["w 5 1", "w 6 2", "w 7 3"], device.Log);
    }

    [Fact]
    public void Write_narrow_keepsTheOtherBytes()
    {
        Registers<uint> device = new() { [4] = 0x44332211 };

        device.Write(6, [0xaa]);

        Assert.Equal(["r 4", "w 4 44aa2211"], device.Log);
    }

    [Fact]
    public void Write_misaligned_setsWholeRegistersAndPartsOfOthers()
    {
        Registers<ushort> device = new() { [0] = 0x1111, [4] = 0x2222 };

        device.Write(1, [0xa1, 0xa2, 0xa3, 0xa4]);

        Assert.Equal(["r 0", "w 0 a111", "w 2 a3a2", "r 4", "w 4 22a4"], device.Log);
    }

    [Fact]
    public void Write_narrow_givesPartAndMaskToADeviceThatWantsThem()
    {
        Parts device = new();

        device.Write(9, [0xaa, 0xbb]);

        Assert.Equal((8ul, 0x00bb_aa00u, 0x00ff_ff00u), device.Last);
    }

    [Fact]
    public void Access_anyWidthAndPlace_readsWhatBytesWouldHold()
    {
        Check<byte>();
        Check<ushort>();
        Check<uint>();
        Check<ulong>();

        static void Check<T>()
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            Registers<T> device = new();
            byte[] expected = new byte[32];
            Random random = new(1);
            for (int i = 0; i < 2_000; i++)
            {
                int length = random.Next(1, 9);
                int offset = random.Next(0, expected.Length - length + 1);
                byte[] data = new byte[length];
                random.NextBytes(data);
                device.Write((ulong)offset, data);
                data.CopyTo(expected, offset);
                length = random.Next(1, 9);
                offset = random.Next(0, expected.Length - length + 1);
                Assert.Equal(expected[offset..(offset + length)], Read(device, (ulong)offset, length));
            }
        }
    }

    [Fact]
    public void Create_widerThanAnyAccess_isRefused()
    {
        Exception e = Assert.Throws<NotSupportedException>(
            () => BusDevice.FromRegisters<UInt128>(null, null));

        Assert.Contains("use byte, ushort, uint or ulong", e.Message);
    }

    [Fact]
    public void FromRegisters_functions_areCalledWithRegisters()
    {
        List<string> log = [];
        IBusDevice device = BusDevice.FromRegisters<uint>(
            offset => (uint)offset + 1, (offset, value) => log.Add($"{offset:x} {value:x}"));

        Assert.Equal([5, 0, 0, 0], Read(device, 4, 4));
        device.Write(8, [1, 2, 0, 0]);

        Assert.Equal(["8 201"], log);
    }

    [Fact]
    public void FromDelegates_functions_getOffsetAndBytes()
    {
        List<string> log = [];
        IBusDevice device = BusDevice.FromDelegates(
            (offset, data) => data.Fill((byte)offset),
            (offset, data) => log.Add($"{offset:x} {Convert.ToHexStringLower(data)}"));

        Assert.Equal([7, 7], Read(device, 7, 2));
        device.Write(3, [1, 2, 3]);

        Assert.Equal(["3 010203"], log);
    }

    [Fact]
    public void FromNothing_readsOnesAndDrops()
    {
        foreach (IBusDevice device in (IBusDevice[])
            [BusDevice.FromDelegates(null, null), BusDevice.FromRegisters<ushort>(null, null)])
        {
            device.Write(0, [1, 2, 3]);
            Assert.Equal([0xff, 0xff, 0xff], Read(device, 1, 3));
        }
    }

    private static byte[] Read(IBusDevice device, ulong offset, int length)
    {
        byte[] data = new byte[length];
        device.Read(offset, data);
        return data;
    }

    /// <summary>Keeps what is written, and writes down the calls.</summary>
    private sealed class Registers<T> : RegisterDevice<T>
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        private readonly Dictionary<ulong, T> values = [];

        public List<string> Log { get; } = [];

        public T this[ulong offset]
        {
            set => values[offset] = value;
        }

        protected override T ReadRegister(ulong offset)
        {
            Log.Add($"r {offset:x}");
            return values.GetValueOrDefault(offset);
        }

        protected override void WriteRegister(ulong offset, T value)
        {
            Log.Add($"w {offset:x} {value:x}");
            values[offset] = value;
        }
    }

    private sealed class Parts : RegisterDevice<uint>
    {
        public (ulong Offset, uint Value, uint Mask) Last { get; private set; }

        protected override uint ReadRegister(ulong offset) => throw new InvalidOperationException("not read");

        protected override void WriteRegister(ulong offset, uint value) =>
            Last = (offset, value, uint.MaxValue);

        protected override void WritePart(ulong offset, uint value, uint mask) =>
            Last = (offset, value, mask);
    }
}
