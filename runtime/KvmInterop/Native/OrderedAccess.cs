using System.Runtime.CompilerServices;

namespace KvmInterop.Native;

/// <summary>
/// Single loads and stores with an order, of values of 1, 2, 4 or 8 bytes at their natural alignment.
/// </summary>
/// <remarks>The size is known when the code is compiled; of each switch one case is left.</remarks>
internal static class OrderedAccess
{
    internal static bool Has<T>()
        where T : unmanaged => Unsafe.SizeOf<T>() is 1 or 2 or 4 or 8;

    internal static T Load<T>(ref byte place)
        where T : unmanaged => Unsafe.SizeOf<T>() switch
        {
            1 => Unsafe.BitCast<byte, T>(Volatile.Read(ref place)),
            2 => Unsafe.BitCast<ushort, T>(Volatile.Read(ref Unsafe.As<byte, ushort>(ref place))),
            4 => Unsafe.BitCast<uint, T>(Volatile.Read(ref Unsafe.As<byte, uint>(ref place))),
            _ => Unsafe.BitCast<ulong, T>(Volatile.Read(ref Unsafe.As<byte, ulong>(ref place))),
        };

    internal static void Store<T>(ref byte place, T value)
        where T : unmanaged
    {
        switch (Unsafe.SizeOf<T>())
        {
            case 1:
                Volatile.Write(ref place, Unsafe.BitCast<T, byte>(value));
                break;
            case 2:
                Volatile.Write(ref Unsafe.As<byte, ushort>(ref place), Unsafe.BitCast<T, ushort>(value));
                break;
            case 4:
                Volatile.Write(ref Unsafe.As<byte, uint>(ref place), Unsafe.BitCast<T, uint>(value));
                break;
            default:
                Volatile.Write(ref Unsafe.As<byte, ulong>(ref place), Unsafe.BitCast<T, ulong>(value));
                break;
        }
    }

    internal static T CompareExchange<T>(ref byte place, T value, T comparand)
        where T : unmanaged => Unsafe.SizeOf<T>() switch
        {
            1 => Unsafe.BitCast<byte, T>(Interlocked.CompareExchange(
                ref place, Unsafe.BitCast<T, byte>(value), Unsafe.BitCast<T, byte>(comparand))),
            2 => Unsafe.BitCast<ushort, T>(Interlocked.CompareExchange(
                ref Unsafe.As<byte, ushort>(ref place),
                Unsafe.BitCast<T, ushort>(value),
                Unsafe.BitCast<T, ushort>(comparand))),
            4 => Unsafe.BitCast<uint, T>(Interlocked.CompareExchange(
                ref Unsafe.As<byte, uint>(ref place),
                Unsafe.BitCast<T, uint>(value),
                Unsafe.BitCast<T, uint>(comparand))),
            _ => Unsafe.BitCast<ulong, T>(Interlocked.CompareExchange(
                ref Unsafe.As<byte, ulong>(ref place),
                Unsafe.BitCast<T, ulong>(value),
                Unsafe.BitCast<T, ulong>(comparand))),
        };
}
