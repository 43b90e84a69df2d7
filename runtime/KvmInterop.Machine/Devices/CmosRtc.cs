namespace KvmInterop.Machine.Devices;

/// <summary>The clock of a PC and its 128 bytes of memory (Motorola MC146818A data sheet, with a PC's
/// uses of the memory).</summary>
/// <remarks>
/// <para>Two ports, 0x70 (index) and 0x71 (data); wide accesses are accesses to one after the other. The clock
/// is the given one's UTC, plus what the guest has set it forward or back by. Day of the week is the date's,
/// whatever is written. Daylight saving and the square wave are not there.</para>
/// <para>Nothing runs while no interrupt is enabled: flags are worked out when the guest looks. An enabled
/// interrupt comes by a timer of the given clock, one at a time: the next is due when the guest has taken
/// note of the last. So a guest gets at most as many as it takes, and the fastest rates only as exactly as the
/// host's timers are.</para>
/// <para>All members may be called from any thread.</para>
/// </remarks>
public sealed partial class CmosRtc : RegisterDevice<byte>, IDeviceState, IDisposable
{
    /// <summary>How many ports it has.</summary>
    public const ushort Size = 2;

    private readonly Lock gate = new();
    private readonly TimeProvider clock;
    private readonly ITimer timer;

    // Under the gate. Of the clock's registers only the alarms, A, B and C (flags) are in here.
    private readonly byte[] memory = new byte[Cmos.Size];
    private InterruptLevel line;
    private byte index;

    /// <summary>Makes one that shows the time in BCD and 24 hours, as firmware leaves it.</summary>
    /// <param name="interrupt">Its line, IRQ 8. High until the guest reads register C.</param>
    /// <param name="memoryBelow4GiB">Bytes of the guest's memory below 4 GiB, where firmware looks for them.
    /// </param>
    /// <param name="memoryAbove4GiB">Bytes of it from 4 GiB on.</param>
    /// <param name="clock">The time, and timers; the system's if not given.</param>
    public CmosRtc(
        IInterruptLine interrupt, ulong memoryBelow4GiB, ulong memoryAbove4GiB = 0, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(interrupt);
        line = new InterruptLevel(interrupt);
        this.clock = clock ?? TimeProvider.System;
        timer = this.clock.CreateTimer(
            static rtc => ((CmosRtc)rtc!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        memory[Cmos.A] = Cmos.Divider32768 | Cmos.Rate1024;
        memory[Cmos.B] = (byte)Cmos.Control.Hours24;
        Cmos.SetMemorySizes(memory, memoryBelow4GiB, memoryAbove4GiB);
        Cmos.SetEquipment(memory);
        Cmos.SetChecksum(memory);
        seenTicks = Now;
    }

    /// <summary>What firmware keeps in the memory.</summary>
    /// <param name="place">0x0e to 0x7f, but not the century, 0x32, which is the clock's.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is a register of the clock.</exception>
    public byte this[int place]
    {
        get
        {
            Check(place);
            lock (gate)
            {
                return memory[place];
            }
        }

        set
        {
            Check(place);
            lock (gate)
            {
                memory[place] = value;
            }
        }
    }

    /// <summary>Ends the timer.</summary>
    public void Dispose() => timer.Dispose();

    /// <inheritdoc/>
    protected override byte ReadRegister(ulong offset)
    {
        // The index cannot be read back.
        if (offset == 0)
        {
            return byte.MaxValue;
        }

        lock (gate)
        {
            return index switch
            {
                Cmos.A => (byte)(memory[Cmos.A] | (IsUpdating ? Cmos.UpdateInProgress : 0)),
                Cmos.C => ReadFlags(),
                Cmos.D => Cmos.ValidTime,
                _ when Cmos.FieldOf(index) is int field and >= 0 => ReadField(field),
                _ => memory[index],
            };
        }
    }

    /// <inheritdoc/>
    protected override void WriteRegister(ulong offset, byte value)
    {
        lock (gate)
        {
            if (offset == 0)
            {
                // Bit 7 masks NMIs, of which there are none.
                index = (byte)(value & (Cmos.Size - 1));
                return;
            }

            switch (index)
            {
                case Cmos.A:
                    Change(Cmos.A, (byte)(value & ~Cmos.UpdateInProgress));
                    break;
                case Cmos.B:
                    WriteControl((Cmos.Control)value);
                    break;
                case Cmos.C or Cmos.D:
                    break;
                case Cmos.SecondAlarm or Cmos.MinuteAlarm or Cmos.HourAlarm:
                    Change(index, value);
                    break;
                case byte place when Cmos.FieldOf(place) is int field and >= 0:
                    WriteField(field, value);
                    break;
                default:
                    memory[index] = value;
                    break;
            }
        }
    }

    // SET's rise switches the update interrupt off (register B).
    private void WriteControl(Cmos.Control value)
    {
        if ((value & Cmos.Control.Set) != 0)
        {
            value &= ~Cmos.Control.UpdateInterrupt;
        }

        Change(Cmos.B, (byte)value);
    }

    /// <summary>Changes a register on which time and events depend: what has been is settled before.</summary>
    private void Change(int register, byte value)
    {
        Advance();
        bool stopped = IsStopped;
        if (!stopped)
        {
            KeepFields();
        }

        bool wasDivided = IsDividerReset;
        memory[register] = value;
        if (stopped && !IsStopped)
        {
            StartFromFields(wasDivided);
        }

        Settle();
    }

    private static void Check(int place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, Cmos.Size);
        if (place <= Cmos.D || place == Cmos.Century)
        {
            throw new ArgumentOutOfRangeException(
                nameof(place), $"0x{place:x2} is a register of the clock; memory is from 0x0e on, without 0x32");
        }
    }
}
