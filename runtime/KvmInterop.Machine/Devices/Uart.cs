namespace KvmInterop.Machine.Devices;

/// <summary>The registers of a 16550A and their bits (PC16550D data sheet, 8.0 and table II).</summary>
internal static class Uart
{
    internal const int FifoSize = 16;

    /// <summary>Of a PC's clock, 1.8432 MHz (table III).</summary>
    internal const ushort DivisorOf9600 = 12;

    // Offsets. With LCR's divisor latch bit, 0 and 1 are the divisor.
    internal const ulong Data = 0;
    internal const ulong InterruptEnable = 1;
    internal const ulong InterruptId = 2;
    internal const ulong LineControl = 3;
    internal const ulong ModemControl = 4;
    internal const ulong LineStatus = 5;
    internal const ulong ModemStatus = 6;
    internal const ulong Scratch = 7;

    [Flags]
    internal enum Ier : byte
    {
        None = 0,
        Received = 1 << 0,
        TransmitterEmpty = 1 << 1,
        LineStatus = 1 << 2,
        ModemStatus = 1 << 3,
        All = 0xf,
    }

    // 8.6, table IV. Bits 6 and 7 say that the FIFOs are on.
    internal static class Iir
    {
        internal const byte ModemStatus = 0x0;
        internal const byte None = 0x1;
        internal const byte TransmitterEmpty = 0x2;
        internal const byte Received = 0x4;
        internal const byte LineStatus = 0x6;
        internal const byte Timeout = 0xc;
        internal const byte FifosEnabled = 0xc0;
    }

    [Flags]
    internal enum Fcr : byte
    {
        None = 0,
        Enable = 1 << 0,
        ResetReceiver = 1 << 1,
        ResetTransmitter = 1 << 2,
        Trigger = 3 << 6,
    }

    [Flags]
    internal enum Lcr : byte
    {
        None = 0,
        DivisorLatch = 1 << 7,
    }

    [Flags]
    internal enum Mcr : byte
    {
        None = 0,
        DataTerminalReady = 1 << 0,
        RequestToSend = 1 << 1,
        Out1 = 1 << 2,
        Out2 = 1 << 3,
        Loop = 1 << 4,
        All = 0x1f,
    }

    [Flags]
    internal enum Lsr : byte
    {
        None = 0,
        DataReady = 1 << 0,
        Overrun = 1 << 1,
        Parity = 1 << 2,
        Framing = 1 << 3,
        Break = 1 << 4,
        HoldingEmpty = 1 << 5,
        TransmitterEmpty = 1 << 6,
        FifoError = 1 << 7,

        /// <summary>What a character can carry, and reading LSR clears.</summary>
        OfCharacter = Parity | Framing | Break,

        /// <summary>What asks for the line status interrupt.</summary>
        Errors = Overrun | OfCharacter,
    }

    [Flags]
    internal enum Msr : byte
    {
        None = 0,
        ClearToSendChanged = 1 << 0,
        DataSetReadyChanged = 1 << 1,
        RingEnded = 1 << 2,
        CarrierChanged = 1 << 3,
        ClearToSend = 1 << 4,
        DataSetReady = 1 << 5,
        Ring = 1 << 6,
        Carrier = 1 << 7,
        Changes = 0xf,
        Lines = 0xf0,
    }
}
