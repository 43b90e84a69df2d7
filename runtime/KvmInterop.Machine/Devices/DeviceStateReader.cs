using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Devices;

/// <summary>Reads what <see cref="DeviceStateWriter"/> wrote, and trusts none of it.</summary>
/// <remarks>Read all fields into variables, call <see cref="End"/>, judge, and only then set the
/// device.</remarks>
public ref struct DeviceStateReader
{
    private readonly string kind;
    private ReadOnlySpan<byte> rest;

    /// <summary>Begins to read.</summary>
    /// <param name="state">The bytes.</param>
    /// <param name="kind">What the device is.</param>
    /// <param name="version">The only version that the device reads.</param>
    /// <exception cref="StateException">It is another kind's state, or of another version, or cut off.
    /// </exception>
    public DeviceStateReader(ReadOnlySpan<byte> state, string kind, ushort version)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        this.kind = kind;
        rest = state;
        string found = Encoding.ASCII.GetString(Take(NextByte()));
        if (found != kind)
        {
            throw new StateException($"the saved state is of a device '{Printable(found)}' and not of '{kind}'");
        }

        ushort foundVersion = NextUInt16();
        if (foundVersion != version)
        {
            throw new StateException(
                $"the saved state of '{kind}' has version {foundVersion}, and this library reads version "
                + $"{version}; restore it with the library that saved it");
        }
    }

    /// <summary>The next truth value.</summary>
    /// <exception cref="StateException">It is neither 0 nor 1, or there is nothing more.</exception>
    public bool NextBoolean()
    {
        byte value = NextByte();
        return value <= 1 ? value != 0 : throw Damaged($"a truth value is {value}");
    }

    /// <summary>The next byte.</summary>
    /// <exception cref="StateException">There is nothing more.</exception>
    public byte NextByte() => Take(1)[0];

    /// <summary>The next 2 bytes.</summary>
    /// <inheritdoc cref="NextByte"/>
    public ushort NextUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>The next 4 bytes.</summary>
    /// <inheritdoc cref="NextByte"/>
    public uint NextUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>The next 8 bytes.</summary>
    /// <inheritdoc cref="NextByte"/>
    public ulong NextUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>The next 8 bytes.</summary>
    /// <inheritdoc cref="NextByte"/>
    public long NextInt64() => (long)NextUInt64();

    /// <summary>The next bytes, as many as they say.</summary>
    /// <param name="most">How many the device can have.</param>
    /// <returns>A part of the state, not a copy.</returns>
    /// <exception cref="StateException">They are more than that, or than there are.</exception>
    public ReadOnlySpan<byte> NextBytes(int most)
    {
        uint length = NextUInt32();
        return length <= (uint)most
            ? Take((int)length)
            : throw Damaged($"a field has {length:#,0} bytes, and at most {most:#,0} fit this device");
    }

    /// <summary>Says that all fields were read.</summary>
    /// <exception cref="StateException">There is more.</exception>
    public readonly void End()
    {
        if (!rest.IsEmpty)
        {
            throw Damaged($"{rest.Length:#,0} bytes are left over");
        }
    }

    /// <summary>The exception for a value that the device cannot have.</summary>
    /// <param name="what">A clause: what is wrong.</param>
    public readonly StateException Damaged(string what) =>
        new($"the saved state of '{kind}' is damaged: {what}");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length)
        {
            throw Damaged("it ends too early");
        }

        ReadOnlySpan<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static string Printable(string text) =>
        string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
}
