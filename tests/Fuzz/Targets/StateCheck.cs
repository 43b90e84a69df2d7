using System.Buffers.Binary;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>What holds for the state of any device.</summary>
internal static class StateCheck
{
    // One that makes a number of any width larger than what it counts.
    private static readonly ulong[] Edges =
        [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, ulong.MaxValue];

    /// <summary>Saves, restores, and then gives the device a spoilt state, which it may refuse.</summary>
    public static void SaveAndRestore(IDeviceState? device, FuzzScript script, Tally tally)
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

        byte[] spoilt = Spoil(saved, script);
        try
        {
            device.Restore(spoilt);
            tally.Add("spoilt states taken");
        }
        catch (StateException e)
        {
            tally.Add("spoilt states refused");
            CheckSentence(e.Message);
            if (!device.Save().AsSpan().SequenceEqual(saved))
            {
                throw new FuzzFailureException("a state that was refused has changed the device");
            }
        }
    }

    /// <summary>What a user sees is a sentence, on one line, that does nothing to a terminal.</summary>
    public static void CheckSentence(string message)
    {
        if (message.Length == 0 || message.Length > 2000 || message.Any(char.IsControl))
        {
            throw new FuzzFailureException($"the message is no sentence: {message}");
        }
    }

    private static byte[] Spoil(byte[] saved, FuzzScript script)
    {
        int kind = script.Byte();
        byte[] spoilt = kind < 16 ? saved[..(int)(script.Number(2) % ((ulong)saved.Length + 1))]
            : kind < 24 ? [.. saved, (byte)kind]
            : [.. saved];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (int changes = script.Byte() & 3; changes > 0 && spoilt.Length > 0; changes--)
        {
            int place = (int)(script.Number(2) % (ulong)spoilt.Length);
            int how = script.Byte();
            if (how < 128)
            {
                spoilt[place] ^= (byte)(1 << (how & 7));
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(number, Edges[script.Byte() % Edges.Length]);
            number[..Math.Min(1 << (how & 3), spoilt.Length - place)].CopyTo(spoilt.AsSpan(place));
        }

        return spoilt;
    }
}
