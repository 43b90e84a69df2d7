using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop;

/// <summary>A device of registers of one width, which are at the multiples of that width.</summary>
/// <typeparam name="T">The width: byte, ushort, uint or ulong.</typeparam>
/// <remarks>
/// <para>An aligned access of that width is one call. Any other becomes calls for the registers that it
/// touches, each once, by rising offset: a read takes its bytes out of the values, a write that covers a
/// register wholly sets it, and one that covers it in part goes to <see cref="WritePart"/>.</para>
/// <para>Values are in the guest's byte order as the host sees it: a number that the guest stored with the
/// register's width arrives as that number.</para>
/// </remarks>
public abstract class RegisterDevice<T> : IBusDevice
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
{
    /// <summary>For devices that derive.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is wider than 8 bytes, as no access
    /// is.</exception>
    protected RegisterDevice()
    {
        if (Width > sizeof(ulong))
        {
            throw new NotSupportedException(
                $"no access of a guest is as wide as {typeof(T)}; use byte, ushort, uint or ulong");
        }
    }

    private static int Width => Unsafe.SizeOf<T>();

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        if (IsWhole(offset, data.Length))
        {
            T value = ReadRegister(offset);
            MemoryMarshal.Write(data, in value);
        }
        else
        {
            ReadParts(offset, data);
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (IsWhole(offset, data.Length))
        {
            WriteRegister(offset, MemoryMarshal.Read<T>(data));
        }
        else
        {
            WriteParts(offset, data);
        }
    }

    /// <summary>The guest reads a register, or a part of it.</summary>
    /// <param name="offset">From the start of the device; a multiple of the width.</param>
    /// <returns>The whole value.</returns>
    protected abstract T ReadRegister(ulong offset);

    /// <summary>The guest writes a register.</summary>
    /// <param name="offset">From the start of the device; a multiple of the width.</param>
    /// <param name="value">The whole value.</param>
    protected abstract void WriteRegister(ulong offset, T value);

    /// <summary>The guest writes some bytes of a register.</summary>
    /// <remarks>
    /// Here: the others keep what <see cref="ReadRegister"/> says of them. A device whose reads do something,
    /// or whose specification drops narrow writes, overrides this.
    /// </remarks>
    /// <param name="offset">Of the register; a multiple of the width.</param>
    /// <param name="value">The bytes that were written, in their places; 0 elsewhere.</param>
    /// <param name="mask">Ones where they are.</param>
    protected virtual void WritePart(ulong offset, T value, T mask) =>
        WriteRegister(offset, (ReadRegister(offset) & ~mask) | value);

    private static bool IsWhole(ulong offset, int length) =>
        length == Width && (offset & (uint)(Width - 1)) == 0;

    private void ReadParts(ulong offset, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            int skipped = (int)(offset & (uint)(Width - 1));
            int length = Math.Min(Width - skipped, data.Length);
            T value = ReadRegister(offset - (uint)skipped);
            MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).Slice(skipped, length).CopyTo(data);
            data = data[length..];
            offset += (uint)length;
        }
    }

    private void WriteParts(ulong offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int skipped = (int)(offset & (uint)(Width - 1));
            int length = Math.Min(Width - skipped, data.Length);
            T value = T.Zero;
            T mask = T.Zero;
            data[..length].CopyTo(MemoryMarshal.AsBytes(new Span<T>(ref value))[skipped..]);
            MemoryMarshal.AsBytes(new Span<T>(ref mask)).Slice(skipped, length).Fill(byte.MaxValue);
            if (length == Width)
            {
                WriteRegister(offset, value);
            }
            else
            {
                WritePart(offset - (uint)skipped, value, mask);
            }

            data = data[length..];
            offset += (uint)length;
        }
    }
}
