namespace KvmInterop.Machine.Devices;

/// <summary>An Arm PrimeCell real time clock, PL031 (DDI 0224C): seconds since 1970, and an alarm.</summary>
/// <remarks>
/// The counter runs from the start, whatever RTCCR says: the guest can switch it on and not off (3.3.4). Any
/// thread may call all members.
/// </remarks>
public sealed class Pl031 : RegisterDevice<uint>, IDeviceState, IDisposable
{
    /// <summary>Bytes of its registers.</summary>
    public const ulong Size = 0x1000;

    private const string Kind = "pl031";
    private const ushort Version = 1;
    private const uint PeripheralId = 0x0004_1031;

    // 3.2.
    private const ulong Data = 0x00; // RTCDR
    private const ulong Match = 0x04; // RTCMR
    private const ulong Load = 0x08; // RTCLR
    private const ulong Control = 0x0c; // RTCCR
    private const ulong Mask = 0x10; // RTCIMSC
    private const ulong RawInterrupt = 0x14; // RTCRIS
    private const ulong MaskedInterrupt = 0x18; // RTCMIS
    private const ulong InterruptClear = 0x1c; // RTCICR

    private const long Lap = 1L << 32; // Of the counter, in seconds.
    private const long LongestWait = 30 * 24 * 60 * 60;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ITimer timer;

    // Under the gate.
    private InterruptLevel line;
    private uint offset; // From the host's seconds, modulo 2^32.
    private uint match;
    private uint load;
    private long due = long.MaxValue; // By the host's seconds.
    private bool isEnabled;
    private bool isPending;
    private bool isDisposed;

    /// <summary>Makes one that shows the host's time.</summary>
    /// <param name="interrupt">Its alarm, RTCINTR: level-triggered.</param>
    /// <param name="time">Where time comes from; the system's without one.</param>
    public Pl031(IInterruptLine interrupt, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(interrupt);
        this.time = time ?? TimeProvider.System;
        line = new InterruptLevel(interrupt);
        timer = this.time.CreateTimer(
            static clock => ((Pl031)clock!).OnAlarm(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long HostSeconds => time.GetUtcNow().ToUnixTimeSeconds();

    // It wraps after 136 years, as the real one does.
    private uint Now => (uint)HostSeconds + offset;

    /// <inheritdoc/>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            state.Add(offset);
            state.Add(match);
            state.Add(load);
            state.Add(isEnabled);
            state.Add(isPending);
            state.Add(Now);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    /// <remarks>The clock shows the time that it is then, by the difference that the guest had set.</remarks>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        uint newOffset = reader.NextUInt32();
        uint newMatch = reader.NextUInt32();
        uint newLoad = reader.NextUInt32();
        bool newEnabled = reader.NextBoolean();
        bool newPending = reader.NextBoolean();
        uint savedAt = reader.NextUInt32();
        reader.End();
        lock (gate)
        {
            offset = newOffset;
            match = newMatch;
            load = newLoad;
            isEnabled = newEnabled;
            isPending = newPending;

            // It may have been time for the alarm meanwhile. In the second of the match it has been already, and
            // the guest may have cleared it.
            isPending |= newMatch - savedAt <= Now - savedAt && newMatch != savedAt;
            SetDue();
            line.Force(isPending && isEnabled);
        }
    }

    /// <summary>Ends the alarm's timer.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
        }

        timer.Dispose();
    }

    /// <inheritdoc/>
    protected override uint ReadRegister(ulong offset)
    {
        lock (gate)
        {
            return offset switch
            {
                Data => Now,
                Match => match,
                Load => load,
                Control => 1,
                Mask => isEnabled ? 1u : 0,
                RawInterrupt => isPending ? 1u : 0,
                MaskedInterrupt => isPending && isEnabled ? 1u : 0,
                >= PrimeCellId.First and < Size => PrimeCellId.Read(offset, PeripheralId),
                _ => 0,
            };
        }
    }

    /// <inheritdoc/>
    protected override void WriteRegister(ulong offset, uint value)
    {
        lock (gate)
        {
            switch (offset)
            {
                case Match:
                    match = value;
                    SetAlarm();
                    break;
                case Load:
                    load = value;
                    this.offset += value - Now;
                    SetAlarm();
                    break;
                case Mask:
                    isEnabled = (value & 1) != 0;
                    break;
                case InterruptClear:
                    isPending &= (value & 1) == 0;
                    break;
                default:
                    break; // Read-only, none, or RTCCR, which stays on.
            }

            line.Set(isPending && isEnabled);
        }
    }

    // The counter is at the match value now, and then every 136 years.
    private void SetAlarm()
    {
        isPending |= match == Now;
        SetDue();
    }

    private void SetDue()
    {
        uint seconds = match - Now;
        due = HostSeconds + (seconds == 0 ? Lap : seconds);
        SetTimer();
    }

    private void SetTimer()
    {
        if (!isDisposed)
        {
            // Rather too late than too early; and a timer does not take 136 years.
            TimeSpan wait = TimeSpan.FromSeconds(Math.Min(due - HostSeconds, LongestWait));
            timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnAlarm()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            if (HostSeconds >= due)
            {
                isPending = true;
                due += Lap;
            }

            SetTimer();
            line.Set(isPending && isEnabled);
        }
    }
}
