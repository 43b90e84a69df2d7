namespace KvmInterop.Machine.Devices;

/// <summary>The clock's registers and bits (MC146818A data sheet), and what a PC's firmware expects in the
/// memory.</summary>
internal static class Cmos
{
    internal const int Size = 128;

    internal const byte SecondAlarm = 0x01;
    internal const byte MinuteAlarm = 0x03;
    internal const byte HourAlarm = 0x05;
    internal const byte A = 0x0a;
    internal const byte B = 0x0b;
    internal const byte C = 0x0c;
    internal const byte D = 0x0d;
    internal const byte Century = 0x32;

    // Register A.
    internal const byte UpdateInProgress = 1 << 7;
    internal const byte DividerMask = 7 << 4;
    internal const byte Divider32768 = 2 << 4;
    internal const byte DividerReset = 6 << 4;
    internal const byte RateMask = 0xf;
    internal const byte Rate1024 = 6;

    // Register D.
    internal const byte ValidTime = 1 << 7;

    // An alarm's field that is not compared: 0xc0 to 0xff.
    internal const byte AnyTime = 0xc0;

    // Fields of the time, in the order in which they are kept.
    internal const int Second = 0;
    internal const int Minute = 1;
    internal const int Hour = 2;
    internal const int DayOfWeek = 3;
    internal const int Day = 4;
    internal const int Month = 5;
    internal const int Year = 6;
    internal const int CenturyField = 7;
    internal const int Fields = 8;

    // In the memory: where firmware leaves sizes, in KiB or in 64 KiB.
    private const int BaseMemory = 0x15;
    private const int ExtendedMemory = 0x17;
    private const int ExtendedMemoryFound = 0x30;
    private const int MemoryAbove16MiB = 0x34;
    private const int MemoryAbove4GiB = 0x5b;
    private const int Equipment = 0x14;
    private const int MoreProcessors = 0x5f;

    // A coprocessor and a mouse; no disk drives and no screen (IBM AT technical reference, 5-53).
    private const byte CoprocessorAndMouse = 1 << 1 | 1 << 2;
    private const int FirstOfChecksum = 0x10;
    private const int Checksum = 0x2e;

    [Flags]
    internal enum Control : byte
    {
        None = 0,
        Hours24 = 1 << 1,
        Binary = 1 << 2,
        UpdateInterrupt = 1 << 4,
        AlarmInterrupt = 1 << 5,
        PeriodicInterrupt = 1 << 6,
        Set = 1 << 7,
    }

    /// <summary>Register C; bits 4 to 6 are at the places of their enabling bits in B.</summary>
    [Flags]
    internal enum Flags : byte
    {
        None = 0,
        Update = 1 << 4,
        Alarm = 1 << 5,
        Periodic = 1 << 6,
        Interrupt = 1 << 7,
        Events = Update | Alarm | Periodic,
    }

    /// <summary>The field of the time that a register is, or -1.</summary>
    internal static int FieldOf(byte register) => register switch
    {
        0x00 => Second,
        0x02 => Minute,
        0x04 => Hour,
        0x06 => DayOfWeek,
        0x07 => Day,
        0x08 => Month,
        0x09 => Year,
        Century => CenturyField,
        _ => -1,
    };

    internal static void SetMemorySizes(byte[] memory, ulong below4GiB, ulong above4GiB)
    {
        const ulong KiB = 1024;
        const ulong MiB = 1024 * KiB;
        Set(memory, BaseMemory, 2, Math.Min(below4GiB / KiB, 640));
        ulong extended = below4GiB > MiB ? (below4GiB - MiB) / KiB : 0;
        Set(memory, ExtendedMemory, 2, extended);
        Set(memory, ExtendedMemoryFound, 2, extended);
        Set(memory, MemoryAbove16MiB, 2, below4GiB > 16 * MiB ? (below4GiB - (16 * MiB)) / (64 * KiB) : 0);
        Set(memory, MemoryAbove4GiB, 3, above4GiB / (64 * KiB));
    }

    /// <summary>How many processors there are beside the first, as Bochs and QEMU tell it.</summary>
    internal static void SetProcessors(CmosRtc rtc, int count) => rtc[MoreProcessors] = (byte)(count - 1);

    internal static void SetEquipment(byte[] memory) => memory[Equipment] = CoprocessorAndMouse;

    internal static void SetChecksum(byte[] memory)
    {
        int sum = 0;
        foreach (byte value in memory.AsSpan(FirstOfChecksum, Checksum - FirstOfChecksum))
        {
            sum += value;
        }

        // The high byte first, as an AT's firmware has it.
        memory[Checksum] = (byte)(sum >> 8);
        memory[Checksum + 1] = (byte)sum;
    }

    private static void Set(byte[] memory, int place, int length, ulong value)
    {
        ulong most = (1UL << (8 * length)) - 1;
        value = Math.Min(value, most);
        for (int i = 0; i < length; i++)
        {
            memory[place + i] = (byte)(value >> (8 * i));
        }
    }
}
