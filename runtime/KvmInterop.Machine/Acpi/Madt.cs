using System.Buffers.Binary;

namespace KvmInterop.Machine.Acpi;

/// <summary>
/// The Multiple APIC Description Table: processors and interrupt controllers (ACPI 6.5, 5.2.12).
/// </summary>
public static class Madt
{
    private const byte Revision = 5;
    private const uint LocalApicAddress = 0xfee0_0000;
    private const uint IoApicAddress = 0xfec0_0000;
    private const uint HasDual8259 = 1;
    private const uint Enabled = 1;
    private const byte AllProcessors = 0xff;
    private const byte Lint1 = 1;
    private const byte LocalApic = 0;
    private const byte IoApic = 1;
    private const byte InterruptOverride = 2;
    private const byte LocalApicNmi = 4;

    /// <summary>Where the timer's interrupt reaches the I/O APIC.</summary>
    internal const uint TimerPin = 2;

    /// <summary>Makes it: local APICs with ids from 0, one I/O APIC from interrupt 0 on.</summary>
    /// <param name="cpus">How many CPUs, 1 to 254.</param>
    public static AcpiTable Create(int cpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpus, 254);
        List<byte> content = [];
        Add(content, LocalApicAddress);
        Add(content, HasDual8259);
        for (byte id = 0; id < cpus; id++)
        {
            content.AddRange([LocalApic, 8, id, id]);
            Add(content, Enabled);
        }

        content.AddRange([IoApic, 12, (byte)cpus, 0]);
        Add(content, IoApicAddress);
        Add(content, 0);

        // The timer, IRQ 0 of the ISA bus, is pin 2, as on most boards (5.2.12.5).
        content.AddRange([InterruptOverride, 10, 0, 0]);
        Add(content, TimerPin);
        content.AddRange([0, 0]);
        content.AddRange([LocalApicNmi, 6, AllProcessors, 0, 0, Lint1]);
        return new AcpiTable("APIC", Revision, [.. content]);
    }

    private static void Add(List<byte> content, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        content.AddRange(bytes);
    }
}
