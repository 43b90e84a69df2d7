namespace KvmInterop.Machine.Devices;

/// <summary>The time, and its fields in the forms that the guest has chosen.</summary>
public sealed partial class CmosRtc
{
    // From the data sheet's figure for 32.768 kHz: UIP is set 244 us before an update, which takes 1984 us.
    private const long UpdateTicks = (244 + 1984) * TimeSpan.TicksPerMicrosecond;

    // What a guest can set: 0000 to 9999 by century and year.
    private static readonly long LastTicks = DateTime.MaxValue.Ticks;

    // Under the gate: the guest's time is the clock's plus this.
    private long ahead;

    // Under the gate: the fields as they are written, while the clock stands.
    private readonly byte[] fields = new byte[Cmos.Fields];

    private Cmos.Control Control => (Cmos.Control)memory[Cmos.B];

    private bool IsDividerReset => (memory[Cmos.A] & Cmos.DividerMask) >= Cmos.DividerReset;

    private bool IsStopped => (Control & Cmos.Control.Set) != 0 || IsDividerReset;

    /// <summary>The guest's time while its clock runs, in ticks of <see cref="DateTime"/>.</summary>
    private long Now => Math.Clamp(clock.GetUtcNow().Ticks + ahead, 0, LastTicks);

    // The new time is there when the update is over.
    private bool IsUpdating =>
        !IsStopped && TimeSpan.TicksPerSecond - (Now % TimeSpan.TicksPerSecond) <= UpdateTicks;

    private byte ReadField(int field) => IsStopped ? fields[field] : Encode(new DateTime(Now), field);

    private void WriteField(int field, byte value)
    {
        if (IsStopped)
        {
            fields[field] = value;
            return;
        }

        Advance();
        KeepFields();
        fields[field] = value;
        StartFromFields(atHalfSecond: false);
        Settle();
    }

    private void KeepFields()
    {
        DateTime now = new(Now);
        for (int i = 0; i < Cmos.Fields; i++)
        {
            fields[i] = Encode(now, i);
        }
    }

    /// <summary>Goes on from what is in the fields; what is no date becomes the nearest one.</summary>
    /// <param name="atHalfSecond">After a reset of the divider, the first update comes half a second later;
    /// otherwise the second that was in progress goes on.</param>
    private void StartFromFields(bool atHalfSecond)
    {
        int year = Math.Clamp((Decode(Cmos.CenturyField) * 100) + Decode(Cmos.Year), 1, 9999);
        int month = Math.Clamp(Decode(Cmos.Month), 1, 12);
        int day = Math.Clamp(Decode(Cmos.Day), 1, DateTime.DaysInMonth(year, month));
        DateTime time = new(
            year, month, day, Math.Clamp(HourOf(fields[Cmos.Hour]), 0, 23),
            Math.Clamp(Decode(Cmos.Minute), 0, 59), Math.Clamp(Decode(Cmos.Second), 0, 59));
        long now = clock.GetUtcNow().Ticks;
        long fraction = atHalfSecond
            ? TimeSpan.TicksPerSecond / 2
            : Now % TimeSpan.TicksPerSecond;
        ahead = time.Ticks + fraction - now;
        seenTicks = Now;
    }

    private byte Encode(DateTime time, int field) => field switch
    {
        Cmos.Second => Digits(time.Second),
        Cmos.Minute => Digits(time.Minute),
        Cmos.Hour when (Control & Cmos.Control.Hours24) != 0 => Digits(time.Hour),
        Cmos.Hour => (byte)(Digits((time.Hour + 11) % 12 + 1) | (time.Hour >= 12 ? Afternoon : 0)),
        Cmos.DayOfWeek => Digits((int)time.DayOfWeek + 1),
        Cmos.Day => Digits(time.Day),
        Cmos.Month => Digits(time.Month),
        Cmos.Year => Digits(time.Year % 100),
        _ => Digits(time.Year / 100),
    };

    private int Decode(int field) => Number(fields[field]);

    // In 12-hour form, 12 comes before 1, and bit 7 is the afternoon.
    private int HourOf(byte value) => (Control & Cmos.Control.Hours24) != 0
        ? Number(value)
        : (Number((byte)(value & ~Afternoon)) % 12) + ((value & Afternoon) != 0 ? 12 : 0);

    private byte Digits(int number) => (byte)((Control & Cmos.Control.Binary) != 0
        ? number
        : ((number / 10) << 4) | (number % 10));

    private int Number(byte value) => (Control & Cmos.Control.Binary) != 0
        ? value
        : ((value >> 4) * 10) + (value & 0xf);

    private const byte Afternoon = 1 << 7;
}
