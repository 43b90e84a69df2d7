namespace KvmInterop.Machine.Devices;

/// <summary>The registers of a PL011 and their bits (Arm DDI 0183G, 3.2 and 3.3).</summary>
internal static class Pl011Registers
{
    internal const int FifoSize = 16;

    internal const ulong Data = 0x00; // UARTDR
    internal const ulong Status = 0x04; // UARTRSR, UARTECR
    internal const ulong Flag = 0x18; // UARTFR
    internal const ulong LowPower = 0x20; // UARTILPR
    internal const ulong IntegerBaud = 0x24; // UARTIBRD
    internal const ulong FractionalBaud = 0x28; // UARTFBRD
    internal const ulong LineControl = 0x2c; // UARTLCR_H
    internal const ulong Control = 0x30; // UARTCR
    internal const ulong FifoLevel = 0x34; // UARTIFLS
    internal const ulong Mask = 0x38; // UARTIMSC
    internal const ulong RawInterrupts = 0x3c; // UARTRIS
    internal const ulong MaskedInterrupts = 0x40; // UARTMIS
    internal const ulong InterruptClear = 0x44; // UARTICR
    internal const ulong DmaControl = 0x48; // UARTDMACR

    internal const uint FractionalBaudBits = 0x3f;
    internal const uint FifoLevelReset = 0x12; // Both at one half.
    internal const uint FifoLevelBits = 0x3f;
    internal const int ReceiveLevelShift = 3;
    internal const uint DmaBits = 0x7;

    [Flags]
    internal enum Errors : ushort
    {
        None = 0,
        Framing = 1 << 8,
        Parity = 1 << 9,
        Break = 1 << 10,
        Overrun = 1 << 11,
        OfCharacter = Framing | Parity | Break,
    }

    [Flags]
    internal enum Fr : uint
    {
        ClearToSend = 1 << 0,
        DataSetReady = 1 << 1,
        Carrier = 1 << 2,
        Busy = 1 << 3,
        ReceiverEmpty = 1 << 4,
        TransmitterFull = 1 << 5,
        ReceiverFull = 1 << 6,
        TransmitterEmpty = 1 << 7,
        Ring = 1 << 8,
    }

    [Flags]
    internal enum Lcr : uint
    {
        None = 0,
        Fifos = 1 << 4,
        All = 0xff,
    }

    [Flags]
    internal enum Cr : uint
    {
        Enable = 1 << 0,
        Loop = 1 << 7,
        TransmitEnable = 1 << 8,
        ReceiveEnable = 1 << 9,
        DataTerminalReady = 1 << 10,
        RequestToSend = 1 << 11,
        Out1 = 1 << 12,
        Out2 = 1 << 13,

        // 3.3.8: bits 3 to 6 are reserved.
        All = 0xff87,
    }

    [Flags]
    internal enum Interrupts : uint
    {
        None = 0,
        Received = 1 << 4,
        Transmitted = 1 << 5,
        Timeout = 1 << 6,
        Break = 1 << 9,
        Overrun = 1 << 10,
        All = 0x7ff,
    }
}
