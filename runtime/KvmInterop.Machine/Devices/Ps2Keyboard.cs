namespace KvmInterop.Machine.Devices;

/// <summary>A keyboard with 101 keys on which nobody types (IBM PS/2 Hardware Interface Technical Reference,
/// keyboards).</summary>
internal sealed class Ps2Keyboard : Ps2Device
{
    private const byte SetLeds = 0xed;
    private const byte Echo = 0xee;
    private const byte ScanCodeSet = 0xf0;
    private const byte Identify = 0xf2;
    private const byte SetRate = 0xf3;
    private const byte Enable = 0xf4;
    private const byte SetAllKeys = 0xfa;
    private const byte Reset = 0xff;
    private const byte DefaultSet = 2;
    private const byte LastSet = 3;

    private byte scanCodeSet = DefaultSet;

    internal override void Save(DeviceStateWriter state)
    {
        base.Save(state);
        state.Add(scanCodeSet);
    }

    internal override Action Prepare(ref DeviceStateReader state)
    {
        Action prepared = base.Prepare(ref state);
        byte set = state.NextByte();
        if (set is 0 or > LastSet)
        {
            throw state.Damaged($"a keyboard has no set {set} of scan codes");
        }

        return () =>
        {
            prepared();
            scanCodeSet = set;
        };
    }

    protected override void Execute(byte command)
    {
        switch (command)
        {
            case SetLeds or ScanCodeSet or SetRate:
                Expect(command);
                break;
            case Echo:
                Answer(Echo);
                break;
            case Identify:
                Answer(Acknowledge, 0xab, 0x83);
                break;
            case >= Enable and <= SetAllKeys:
                // Enable, disable, defaults, and how all keys repeat.
                Answer(Acknowledge);
                break;
            case Reset:
                scanCodeSet = DefaultSet;
                Answer(Acknowledge, TestPassed);
                break;
            default:
                Answer(Resend);
                break;
        }
    }

    protected override void SetValue(byte command, byte value)
    {
        if (command != ScanCodeSet)
        {
            Answer(Acknowledge);
        }
        else if (value == 0)
        {
            Answer(Acknowledge, scanCodeSet);
        }
        else if (value <= LastSet)
        {
            scanCodeSet = value;
            Answer(Acknowledge);
        }
        else
        {
            Answer(Resend);
        }
    }
}
