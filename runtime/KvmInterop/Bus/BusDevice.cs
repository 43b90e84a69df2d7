using System.Numerics;

namespace KvmInterop;

/// <summary>The guest reads; see <see cref="IBusDevice.Read"/>.</summary>
/// <param name="offset">The first byte, from the start of the device.</param>
/// <param name="data">To be filled completely.</param>
public delegate void BusRead(ulong offset, Span<byte> data);

/// <summary>The guest writes; see <see cref="IBusDevice.Write"/>.</summary>
/// <param name="offset">The first byte, from the start of the device.</param>
/// <param name="data">What the guest wrote.</param>
public delegate void BusWrite(ulong offset, ReadOnlySpan<byte> data);

/// <summary>Devices out of one or two functions, for what is too small for a class.</summary>
public static class BusDevice
{
    /// <summary>A device that calls functions with offset and bytes.</summary>
    /// <param name="read">Fills what the guest reads; null: reads give all ones.</param>
    /// <param name="write">Takes what the guest writes; null: writes are dropped.</param>
    public static IBusDevice FromDelegates(BusRead? read, BusWrite? write) => new BytesDevice(
        read ?? (static (_, data) => data.Fill(byte.MaxValue)), write ?? (static (_, _) => { }));

    /// <summary>A device that calls functions with whole registers.</summary>
    /// <param name="read">Gives the register at an offset, which is a multiple of its size; null: all ones.
    /// </param>
    /// <param name="write">Sets it; null: writes are dropped.</param>
    /// <typeparam name="T">The registers' width: byte, ushort, uint or ulong. How other accesses become these
    /// is said at <see cref="RegisterDevice{T}"/>.</typeparam>
    public static IBusDevice FromRegisters<T>(Func<ulong, T>? read, Action<ulong, T>? write)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => new DelegatedRegisters<T>(
            read ?? (static _ => T.AllBitsSet), write ?? (static (_, _) => { }));

    private sealed class BytesDevice(BusRead read, BusWrite write) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => read(offset, data);

        public void Write(ulong offset, ReadOnlySpan<byte> data) => write(offset, data);
    }

    private sealed class DelegatedRegisters<T>(Func<ulong, T> read, Action<ulong, T> write)
        : RegisterDevice<T>
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        protected override T ReadRegister(ulong offset) => read(offset);

        protected override void WriteRegister(ulong offset, T value) => write(offset, value);
    }
}
