using System.Buffers.Binary;

namespace KvmInterop.Machine;

/// <content>Continue, step, and queries.</content>
internal sealed partial class GdbSession
{
    private bool endsAcknowledging;

    // "05;address" -> "address": signals mean nothing to a machine.
    private static ReadOnlySpan<byte> AfterSignal(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)';');
        return end < 0 ? default : text[(end + 1)..];
    }

    private string? ResumeAll(ReadOnlySpan<byte> address, bool isStep)
    {
        if (!address.IsEmpty && !SetProgramCounter(address))
        {
            return Error;
        }

        int stepping = resumeThread == 0 ? currentThread : resumeThread;
        List<GdbResume> threads = [];
        for (int thread = 1; thread <= target.ThreadCount; thread++)
        {
            // Without vCont one thread steps while the others stand, and all continue together.
            if (isStep ? thread == stepping : resumeThread == 0 || thread == resumeThread)
            {
                threads.Add(new GdbResume(thread, isStep));
            }
        }

        return Resume(threads);
    }

    private bool SetProgramCounter(ReadOnlySpan<byte> text)
    {
        if (!GdbHex.TryNumber(text, out ulong address))
        {
            return false;
        }

        byte[] values = new byte[target.Registers.Size];
        target.ReadRegisters(currentThread, values);
        BinaryPrimitives.WriteUInt64LittleEndian(
            values.AsSpan(target.Registers.RangeOf(target.Registers.ProgramCounter)), address);
        target.WriteRegisters(currentThread, values);
        return true;
    }

    private string? Resume(List<GdbResume> threads)
    {
        threads.RemoveAll(one => !target.IsAlive(one.Thread));
        if (threads.Count == 0)
        {
            return Error;
        }

        running = target.ResumeAsync(threads);
        return null;
    }

    private string? AnswerVerbose(ReadOnlySpan<byte> packet)
    {
        if (packet.SequenceEqual("vCont?"u8))
        {
            return "vCont;c;C;s;S;t";
        }

        if (packet.StartsWith("vCont;"u8))
        {
            return ResumeEach(packet[6..]);
        }

        return packet.StartsWith("vKill;"u8) ? Kill(Ok) : Unknown;
    }

    // Actions with an optional thread, the first that fits a thread is its own: "s:1;c".
    private string? ResumeEach(ReadOnlySpan<byte> actions)
    {
        List<GdbResume> threads = [];
        HashSet<int> decided = [];
        while (!actions.IsEmpty)
        {
            int end = actions.IndexOf((byte)';');
            ReadOnlySpan<byte> action = end < 0 ? actions : actions[..end];
            actions = end < 0 ? default : actions[(end + 1)..];
            int colon = action.IndexOf((byte)':');
            ReadOnlySpan<byte> which = colon < 0 ? default : action[(colon + 1)..];
            int only = 0;
            if (action.IsEmpty
                || (colon >= 0 && !which.SequenceEqual("-1"u8) && !TryThread(which, out only)))
            {
                return Error;
            }

            char verb = (char)action[0];
            if (verb is not ('c' or 'C' or 's' or 'S' or 't'))
            {
                return Error;
            }

            for (int thread = 1; thread <= target.ThreadCount; thread++)
            {
                if ((only == 0 || only == thread) && decided.Add(thread) && verb != 't')
                {
                    threads.Add(new GdbResume(thread, verb is 's' or 'S'));
                }
            }
        }

        return Resume(threads);
    }

    private string? AnswerQuery(ReadOnlySpan<byte> packet)
    {
        if (packet.StartsWith("qSupported"u8))
        {
            return Supported(packet);
        }

        if (packet.SequenceEqual("QStartNoAckMode"u8))
        {
            endsAcknowledging = true;
            return Ok;
        }

        if (packet.StartsWith("qXfer:features:read:target.xml:"u8))
        {
            return Description(packet["qXfer:features:read:target.xml:".Length..]);
        }

        if (packet.StartsWith("qThreadExtraInfo,"u8))
        {
            return TryThread(packet["qThreadExtraInfo,".Length..], out int thread)
                ? GdbHex.OfText(target.Describe(thread))
                : Error;
        }

        if (packet.StartsWith("qRcmd,"u8))
        {
            return Command(packet["qRcmd,".Length..]);
        }

        return Text(packet) switch
        {
            "qC" => $"QC{currentThread:x}",
            "qfThreadInfo" => "m" + string.Join(',', Enumerable.Range(1, target.ThreadCount)
                .Where(target.IsAlive).Select(thread => thread.ToString("x", null))),
            "qsThreadInfo" => "l",
            "qSymbol::" => Ok,

            // The debugger came to something that was there before it: it offers to detach, not to kill.
            string text when text == "qAttached" || text.StartsWith("qAttached:", StringComparison.Ordinal) =>
                "1",
            _ => Unknown,
        };
    }

    private string Supported(ReadOnlySpan<byte> packet)
    {
        string offered = Text(packet);
        knowsSoftwareBreakpoints = offered.Contains("swbreak+", StringComparison.Ordinal);
        knowsHardwareBreakpoints = offered.Contains("hwbreak+", StringComparison.Ordinal);
        return $"PacketSize={GdbPackets.MostContent:x};QStartNoAckMode+;qXfer:features:read+;"
            + "swbreak+;hwbreak+;vContSupported+";
    }

    private string Description(ReadOnlySpan<byte> window)
    {
        if (!GdbHex.TryPair(window, (byte)',', (byte)':', out ulong offset, out ulong length, out _))
        {
            return Error;
        }

        string text = target.Registers.Description;
        int start = (int)Math.Min(offset, (ulong)text.Length);
        int count = (int)Math.Min(Math.Min(length, GdbPackets.MostContent - 1), (ulong)(text.Length - start));
        return string.Concat(start + count == text.Length ? "l" : "m", text.AsSpan(start, count));
    }

    private string Command(ReadOnlySpan<byte> hex)
    {
        byte[] text = new byte[hex.Length / 2];
        if (!GdbHex.TryBytes(hex, text))
        {
            return Error;
        }

        string answer = target.Command(currentThread, Text(text).Trim());
        string whole = GdbHex.OfText(answer);
        return whole.Length == 0 ? Ok : whole[..Math.Min(whole.Length, GdbPackets.MostContent)];
    }
}
