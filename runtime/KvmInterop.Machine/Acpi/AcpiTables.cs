using System.Buffers.Binary;

namespace KvmInterop.Machine.Acpi;

/// <summary>All tables of a machine, laid out in memory for a guest to find.</summary>
public static class AcpiTables
{
    private const int RootSize = 36;
    private const int RootChecksummedSize = 20;
    private const byte RootRevision = 2;
    private const byte ListRevision = 1; // Of XSDT and RSDT.
    private const uint Alignment = 16; // Guests look for the root at multiples of 16 (ACPI 6.5, 5.2.5.1).

    /// <summary>Writes the root pointer (RSDP) and the tables that it leads to.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Where: between 0xe0000 and 0xfffff for guests that search, a multiple of 16.
    /// </param>
    /// <param name="end">The end of the room.</param>
    /// <param name="options">What the machine has.</param>
    /// <returns>The address of the root pointer, which is <paramref name="address"/>.</returns>
    /// <exception cref="ArgumentException">The address is no multiple of 16, or the tables do not fit.
    /// </exception>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public static ulong Write(GuestMemory memory, uint address, uint end, AcpiOptions options)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(options);
        if (address % Alignment != 0)
        {
            throw new ArgumentException(
                $"0x{address:x} is no multiple of {Alignment}, where guests look for the tables",
                nameof(address));
        }

        uint next = address + RootSize;
        uint dsdt = Place(Dsdt.Create(options));
        uint fadt = Place(Fadt.Create(options, dsdt));
        uint madt = Place(Madt.Create(options.Cpus));
        uint rsdt = Place(Rsdt(fadt, madt));
        uint xsdt = Place(Xsdt(fadt, madt));
        memory.Write(address, Root(rsdt, xsdt));
        return address;

        uint Place(AcpiTable table)
        {
            uint place = (next + Alignment - 1) & ~(Alignment - 1);
            if ((ulong)place + (uint)table.Length > end)
            {
                throw new ArgumentException(
                    $"the tables of ACPI do not fit between 0x{address:x} and 0x{end:x}; the machine has too "
                    + "many devices", nameof(options));
            }

            memory.Write(place, table.ToBytes());
            next = place + (uint)table.Length;
            return place;
        }
    }

    private static AcpiTable Xsdt(params ReadOnlySpan<uint> tables)
    {
        AcpiTable table = new("XSDT", ListRevision, new byte[tables.Length * sizeof(ulong)]);
        for (int i = 0; i < tables.Length; i++)
        {
            table.SetUInt64(AcpiTable.HeaderSize + (i * sizeof(ulong)), tables[i]);
        }

        return table;
    }

    // The list of ACPI 1.0 (5.2.7): many small kernels read no other.
    private static AcpiTable Rsdt(params ReadOnlySpan<uint> tables)
    {
        AcpiTable table = new("RSDT", ListRevision, new byte[tables.Length * sizeof(uint)]);
        for (int i = 0; i < tables.Length; i++)
        {
            table.SetUInt32(AcpiTable.HeaderSize + (i * sizeof(uint)), tables[i]);
        }

        return table;
    }

    // Root System Description Pointer (5.2.5.3).
    private static byte[] Root(uint rsdt, uint xsdt)
    {
        byte[] bytes = new byte[RootSize];
        "RSD PTR "u8.CopyTo(bytes);
        "KVMINT"u8.CopyTo(bytes.AsSpan(9));
        bytes[15] = RootRevision;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), rsdt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), RootSize);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), xsdt);
        bytes[8] = AcpiTable.Checksum(bytes.AsSpan(0, RootChecksummedSize));
        bytes[32] = AcpiTable.Checksum(bytes);
        return bytes;
    }
}
