using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>
/// A sum of what was written, as <c>C/dispatch.c</c> has it. Each kind is a class of its own to the runtime,
/// with code of its own, as devices that are not all alike have.
/// </summary>
internal sealed class Accumulator<TKind> : IBusDevice
    where TKind : struct, IKind
{
    private uint sum;

    public void Read(ulong offset, Span<byte> data)
    {
        uint value = sum + TKind.Number;
        if (data.Length == sizeof(uint))
        {
            MemoryMarshal.Write(data, in value);
        }
        else
        {
            data.Fill((byte)value);
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        uint value = data.Length == sizeof(uint) ? MemoryMarshal.Read<uint>(data)
            : data.Length > 0 ? data[0] : 0u;
        sum += value + TKind.Number;
    }
}

internal static class Accumulators
{
    public static IBusDevice OfKind(int number) => (number % 5) switch
    {
        0 => new Accumulator<Kind0>(),
        1 => new Accumulator<Kind1>(),
        2 => new Accumulator<Kind2>(),
        3 => new Accumulator<Kind3>(),
        _ => new Accumulator<Kind4>(),
    };
}

internal interface IKind
{
    static abstract uint Number { get; }
}

internal readonly struct Kind0 : IKind
{
    public static uint Number => 0;
}

internal readonly struct Kind1 : IKind
{
    public static uint Number => 1;
}

internal readonly struct Kind2 : IKind
{
    public static uint Number => 2;
}

internal readonly struct Kind3 : IKind
{
    public static uint Number => 3;
}

internal readonly struct Kind4 : IKind
{
    public static uint Number => 4;
}
