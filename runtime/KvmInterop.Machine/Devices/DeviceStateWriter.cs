using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Devices;

/// <summary>
/// Writes a device's state: the device's kind (its length in a byte, then ASCII), the version (2 bytes), and
/// its fields one after the other, little-endian.
/// </summary>
/// <remarks>Fields have no names: whoever adds, removes or moves one raises the version.</remarks>
public sealed class DeviceStateWriter
{
    private readonly List<byte> bytes = [];

    /// <summary>Begins a state.</summary>
    /// <param name="kind">What the device is, such as <c>serial-16550</c>: 1 to 255 ASCII characters.</param>
    /// <param name="version">Of the device's fields.</param>
    /// <exception cref="ArgumentException">The kind is too long, or empty.</exception>
    public DeviceStateWriter(string kind, ushort version)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kind.Length, byte.MaxValue, nameof(kind));
        bytes.Add((byte)kind.Length);
        bytes.AddRange(Encoding.ASCII.GetBytes(kind));
        Add(version);
    }

    /// <summary>Adds a truth value, as a byte.</summary>
    public void Add(bool value) => bytes.Add(value ? (byte)1 : (byte)0);

    /// <summary>Adds a byte.</summary>
    public void Add(byte value) => bytes.Add(value);

    /// <summary>Adds 2 bytes.</summary>
    public void Add(ushort value)
    {
        Span<byte> room = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(room, value);
        bytes.AddRange(room);
    }

    /// <summary>Adds 4 bytes.</summary>
    public void Add(uint value)
    {
        Span<byte> room = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(room, value);
        bytes.AddRange(room);
    }

    /// <summary>Adds 8 bytes.</summary>
    public void Add(ulong value)
    {
        Span<byte> room = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(room, value);
        bytes.AddRange(room);
    }

    /// <summary>Adds 8 bytes.</summary>
    public void Add(long value) => Add((ulong)value);

    /// <summary>Adds bytes, after their number in 4 bytes.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        Add((uint)value.Length);
        bytes.AddRange(value);
    }

    /// <summary>The state as it is so far.</summary>
    public byte[] ToArray() => [.. bytes];
}
