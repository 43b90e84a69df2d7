namespace KvmInterop.Machine.Pci;

/// <summary>
/// Configuration spaces in memory: 4 KiB for each function (PCI Express Base Specification 2.0, 7.2.2), of
/// bus 0. ACPI's MCFG tells guests where.
/// </summary>
/// <remarks>What is beyond a function's first 256 bytes reads as 0: no extended capabilities.</remarks>
/// <param name="bus">The bus.</param>
public sealed class PciEcam(PciBus bus) : IBusDevice
{
    /// <summary>Bytes of bus 0's part.</summary>
    public const ulong Size = 1 << 20;

    private const int FunctionShift = 12;
    private const int OffsetMask = (1 << FunctionShift) - 1;

    private readonly PciBus bus = bus ?? throw new ArgumentNullException(nameof(bus));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            int place = (int)(offset >> FunctionShift);
            int register = (int)offset & OffsetMask;
            int length = PieceOf(register, data.Length);
            if (register < PciRegisters.Size)
            {
                bus.ReadConfig(place, register, data[..length]);
            }
            else
            {
                data[..length].Fill(bus.Has(place) ? (byte)0 : byte.MaxValue);
            }

            offset += (uint)length;
            data = data[length..];
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int register = (int)offset & OffsetMask;
            int length = PieceOf(register, data.Length);
            if (register < PciRegisters.Size)
            {
                bus.WriteConfig((int)(offset >> FunctionShift), register, data[..length]);
            }

            offset += (uint)length;
            data = data[length..];
        }
    }

    // No piece goes over the end of a register of 4 bytes, as on a bus.
    private static int PieceOf(int register, int length) =>
        Math.Min(length, sizeof(uint) - (register & (sizeof(uint) - 1)));
}
