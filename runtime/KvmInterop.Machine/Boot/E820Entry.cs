using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>What a range of physical addresses is (ACPI 6.5, table 15.1).</summary>
public enum E820Type
{
    /// <summary>Memory for the guest to use.</summary>
    Ram = 1,

    /// <summary>Not for the guest: firmware, devices.</summary>
    Reserved = 2,

    /// <summary>Memory with ACPI tables, free once they are read.</summary>
    AcpiReclaimable = 3,

    /// <summary>Memory that must be kept over sleep.</summary>
    AcpiNonVolatile = 4,

    /// <summary>Memory with errors.</summary>
    Unusable = 5,
}

/// <summary>A range of the map that BIOS function E820 gives, and boot protocols hand over.</summary>
/// <param name="Address">Guest-physical.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Type">What it is.</param>
public readonly record struct E820Entry(ulong Address, ulong Size, E820Type Type)
{
    /// <summary>Bytes of an entry in Linux's boot parameters (struct boot_e820_entry).</summary>
    public const int EncodedSize = 20;

    /// <summary>Writes address, size and type, little-endian.</summary>
    /// <param name="destination">At least <see cref="EncodedSize"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Address);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], (uint)Type);
    }
}
