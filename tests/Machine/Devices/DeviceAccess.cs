using System.Buffers.Binary;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>Accesses of one width, as a bus makes them.</summary>
internal static class DeviceAccess
{
    public static byte ReadByte(this IBusDevice device, ulong offset)
    {
        Span<byte> data = stackalloc byte[1];
        device.Read(offset, data);
        return data[0];
    }

    public static ushort ReadUInt16(this IBusDevice device, ulong offset)
    {
        Span<byte> data = stackalloc byte[sizeof(ushort)];
        device.Read(offset, data);
        return BinaryPrimitives.ReadUInt16LittleEndian(data);
    }

    public static uint ReadUInt32(this IBusDevice device, ulong offset)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        device.Read(offset, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    public static void WriteByte(this IBusDevice device, ulong offset, byte value) =>
        device.Write(offset, [value]);

    public static void WriteUInt16(this IBusDevice device, ulong offset, ushort value)
    {
        Span<byte> data = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(data, value);
        device.Write(offset, data);
    }

    public static void WriteUInt32(this IBusDevice device, ulong offset, uint value)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        device.Write(offset, data);
    }
}
