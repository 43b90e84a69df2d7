using System.Buffers.Binary;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Pci;

/// <summary>PCI configuration mechanism 1: ports 0xcf8 to 0xcff (PCI Local Bus Specification 3.0, 3.2.2.3.2).
/// </summary>
/// <remarks>
/// <para>Only 4 bytes at 0xcf8 are the address; a narrower access there goes on to the bus behind, where one byte
/// at 0xcf9 is the chipset's reset register and nobody has the others. Data at 0xcfc to 0xcff is 1, 2 or 4 bytes
/// of the addressed register.</para>
/// <para>Any thread may access it. Address and data are two accesses: guests with several processors lock.
/// </para>
/// </remarks>
/// <param name="bus">Bus 0; others are empty.</param>
/// <param name="reset">Port 0xcf9; null if there is none.</param>
public sealed class PciConfigPorts(PciBus bus, IBusDevice? reset = null) : IBusDevice, IDeviceState
{
    /// <summary>The first port.</summary>
    public const ushort FirstPort = 0xcf8;

    /// <summary>How many ports it has.</summary>
    public const ushort Size = 8;

    private const string Kind = "pci-config-ports";
    private const ushort Version = 1;

    private const ulong Data = 4;
    private const ulong Reset = 1;
    private const uint Enable = 1u << 31;

    // Bits 24 to 30 and 0 to 1 are reserved and read as 0.
    private const uint Writable = 0x80ff_fffc;
    private const uint BusNumber = 0x00ff_0000;

    private readonly PciBus bus = bus ?? throw new ArgumentNullException(nameof(bus));
    private uint address;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        uint selected = Volatile.Read(ref address);
        if (offset >= Data)
        {
            if (IsHere(selected))
            {
                bus.ReadConfig((byte)(selected >> 8), RegisterOf(selected, offset), data);
                return;
            }
        }
        else if (offset == 0 && data.Length == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data, selected);
            return;
        }
        else if (offset == Reset && data.Length == 1 && reset is not null)
        {
            reset.Read(0, data);
            return;
        }

        data.Fill(byte.MaxValue);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        uint selected = Volatile.Read(ref address);
        if (offset >= Data)
        {
            if (IsHere(selected))
            {
                bus.WriteConfig((byte)(selected >> 8), RegisterOf(selected, offset), data);
            }
        }
        else if (offset == 0 && data.Length == sizeof(uint))
        {
            Volatile.Write(ref address, BinaryPrimitives.ReadUInt32LittleEndian(data) & Writable);
        }
        else if (offset == Reset && data.Length == 1)
        {
            reset?.Write(0, data);
        }
    }

    /// <inheritdoc/>
    public byte[] Save()
    {
        DeviceStateWriter state = new(Kind, Version);
        state.Add(Volatile.Read(ref address));
        return state.ToArray();
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        uint value = reader.NextUInt32();
        reader.End();
        Volatile.Write(ref address, value & Writable);
    }

    private static bool IsHere(uint address) => (address & Enable) != 0 && (address & BusNumber) == 0;

    // The four ports are the four bytes of a register, so no access goes beyond it.
    private static int RegisterOf(uint address, ulong offset) => (int)(address & 0xfc) + (int)(offset - Data);
}
