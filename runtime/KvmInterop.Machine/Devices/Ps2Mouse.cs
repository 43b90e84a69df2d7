namespace KvmInterop.Machine.Devices;

/// <summary>A mouse that nobody moves (IBM PS/2 Hardware Interface Technical Reference, mouse), with the wheel
/// that drivers find by three sample rates, 200, 100 and 80.</summary>
internal sealed class Ps2Mouse : Ps2Device
{
    private const byte ScaleOneToOne = 0xe6;
    private const byte ScaleTwoToOne = 0xe7;
    private const byte SetResolution = 0xe8;
    private const byte StatusRequest = 0xe9;
    private const byte StreamMode = 0xea;
    private const byte ReadData = 0xeb;
    private const byte EndWrapMode = 0xec;
    private const byte WrapMode = 0xee;
    private const byte RemoteMode = 0xf0;
    private const byte Identify = 0xf2;
    private const byte SetRate = 0xf3;
    private const byte Enable = 0xf4;
    private const byte Disable = 0xf5;
    private const byte SetDefaults = 0xf6;
    private const byte Reset = 0xff;

    private const byte WheelId = 3;
    private const uint WheelRates = 200 << 16 | 100 << 8 | 80;
    private const uint LastThree = 0xff_ffff;

    // A packet's first byte always has bit 3; nothing moved, no button is down.
    private const byte PacketStart = 1 << 3;

    private Status status;
    private byte resolution;
    private byte rate;
    private byte id;
    private uint rates;
    private bool isWrapping;

    internal Ps2Mouse() => Restart();

    [Flags]
    private enum Status : byte
    {
        None = 0,
        ScaledTwoToOne = 1 << 4,
        Enabled = 1 << 5,
        Remote = 1 << 6,
        All = ScaledTwoToOne | Enabled | Remote,
    }

    internal override void Save(DeviceStateWriter state)
    {
        base.Save(state);
        state.Add((byte)status);
        state.Add(resolution);
        state.Add(rate);
        state.Add(id);
        state.Add(rates);
        state.Add(isWrapping);
    }

    internal override Action Prepare(ref DeviceStateReader state)
    {
        Action prepared = base.Prepare(ref state);
        Status newStatus = (Status)state.NextByte() & Status.All;
        byte newResolution = state.NextByte();
        byte newRate = state.NextByte();
        byte newId = state.NextByte();
        uint newRates = state.NextUInt32() & LastThree;
        bool newWrapping = state.NextBoolean();
        if (newId is not (0 or WheelId))
        {
            throw state.Damaged($"a mouse has no id {newId}");
        }

        return () =>
        {
            prepared();
            (status, resolution, rate, id, rates, isWrapping) =
                (newStatus, newResolution, newRate, newId, newRates, newWrapping);
        };
    }

    protected override void Execute(byte command)
    {
        if (isWrapping && command is not (EndWrapMode or Reset))
        {
            Answer(command);
            return;
        }

        switch (command)
        {
            case ScaleOneToOne:
                Set(Status.ScaledTwoToOne, false);
                break;
            case ScaleTwoToOne:
                Set(Status.ScaledTwoToOne, true);
                break;
            case SetResolution or SetRate:
                Expect(command);
                break;
            case StatusRequest:
                Answer(Acknowledge, (byte)status, resolution, rate);
                break;
            case StreamMode:
                Set(Status.Remote, false);
                break;
            case RemoteMode:
                Set(Status.Remote, true);
                break;
            case ReadData when id == WheelId:
                Answer(Acknowledge, PacketStart, 0, 0, 0);
                break;
            case ReadData:
                Answer(Acknowledge, PacketStart, 0, 0);
                break;
            case WrapMode or EndWrapMode:
                isWrapping = command == WrapMode;
                Answer(Acknowledge);
                break;
            case Identify:
                Answer(Acknowledge, id);
                break;
            case Enable:
                Set(Status.Enabled, true);
                break;
            case Disable:
                Set(Status.Enabled, false);
                break;
            case SetDefaults:
                SetToDefaults();
                Answer(Acknowledge);
                break;
            case Reset:
                Restart();
                Answer(Acknowledge, TestPassed, id);
                break;
            default:
                Answer(Resend);
                break;
        }
    }

    protected override void SetValue(byte command, byte value)
    {
        if (command == SetResolution)
        {
            resolution = value;
        }
        else
        {
            rate = value;
            rates = ((rates << 8) | value) & LastThree;
            id = rates == WheelRates ? WheelId : id;
        }

        Answer(Acknowledge);
    }

    private void Set(Status bit, bool isSet)
    {
        status = isSet ? status | bit : status & ~bit;
        Answer(Acknowledge);
    }

    private void SetToDefaults() => (status, resolution, rate) = (Status.None, 2, 100);

    private void Restart()
    {
        SetToDefaults();
        (id, rates, isWrapping) = (0, 0, false);
    }
}
