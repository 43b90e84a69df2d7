using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>What holds for the state of any device.</summary>
internal static class StateCheck
{
    /// <summary>Saves, restores, and then gives the device a spoilt state, which it may refuse.</summary>
    public static void SaveAndRestore(IDeviceState? device, FuzzScript script)
    {
        if (device is null)
        {
            return;
        }

        byte[] saved = device.Save();
        device.Restore(saved);
        if (!device.Save().AsSpan().SequenceEqual(saved))
        {
            throw new FuzzFailureException("a state that was saved and restored is another");
        }

        byte[] spoilt = saved[..(saved.Length - (script.Byte() < 16 ? Math.Min(saved.Length, 3) : 0))];
        for (int changes = script.Byte() & 3; changes > 0 && spoilt.Length > 0; changes--)
        {
            spoilt[(int)(script.Number(2) % (ulong)spoilt.Length)] ^= script.Byte();
        }

        try
        {
            device.Restore(spoilt);
        }
        catch (StateException)
        {
            if (!device.Save().AsSpan().SequenceEqual(saved))
            {
                throw new FuzzFailureException("a state that was refused has changed the device");
            }
        }
    }
}
