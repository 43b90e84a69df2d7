using BenchmarkDotNet.Attributes;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>The guest writes a byte to a UART whose output goes nowhere.</summary>
public class SerialBenchmarks
{
    private const ushort FirstPort = 0x3f8;
    private const int Ports = 8;

    private readonly PioBus bus = new();

    [GlobalSetup]
    public void SetUp()
    {
        Nowhere nowhere = new();
        bus.Register("serial", FirstPort, Ports, new Serial16550(nowhere, nowhere));
    }

    [Benchmark]
    public void WriteByte() => bus.Write(FirstPort, "x"u8);

    private sealed class Nowhere : IInterruptLine, IByteOutput
    {
        public void SetLevel(bool level)
        {
        }

        public void Write(ReadOnlySpan<byte> data)
        {
        }
    }
}
