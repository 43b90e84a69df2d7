namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>
/// A device: a script of accesses by the guest, events of the host, and states saved and restored, also
/// spoilt ones. Only a spoilt state may be refused.
/// </summary>
/// <param name="name">The target's name.</param>
/// <param name="make">A new device for each input.</param>
/// <param name="most">Bytes of the longest script.</param>
internal sealed class DeviceTarget(string name, Func<DeviceRig> make, int most = 192) : FuzzTarget(name)
{
    public override byte[] Make(FuzzRandom random) => FuzzScript.Make(random, most);

    public override bool Run(byte[] input)
    {
        DeviceRig rig = make();
        FuzzScript script = new(input);
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        while (!script.IsAtEnd)
        {
            rig.Host.BeginStep();
            int what = script.Byte() & 15;
            if (what == 15)
            {
                StateCheck.SaveAndRestore(rig.State, script, Tally);
            }
            else if (what >= 12)
            {
                rig.Event?.Invoke(script);
            }
            else
            {
                Access(rig, script, buffer, isWrite: what % 2 == 1);
            }
        }

        return true;
    }

    private static void Access(DeviceRig rig, FuzzScript script, Span<byte> buffer, bool isWrite)
    {
        (IBusDevice device, ulong size) = rig.Ranges[script.Below(rig.Ranges.Length)];
        ulong offset = size <= 256 || script.Byte() >= 64
            ? script.Number(size > 256 ? 4 : 1) % Math.Min(size, 256)
            : script.Number(4) % size;

        // Mostly the widths that processors have; all that IBusDevice says must be taken.
        int wanted = script.Byte() is var width && width < 224 ? 1 << (width & 3) : 1 + (width & 7);
        Span<byte> data = buffer[..(int)Math.Min((ulong)wanted, size - offset)];
        if (isWrite)
        {
            script.Fill(data);
            device.Write(offset, data);
        }
        else
        {
            device.Read(offset, data);
        }
    }
}
