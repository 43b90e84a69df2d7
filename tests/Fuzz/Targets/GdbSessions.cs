using System.Globalization;
using System.Text;
using KvmInterop.Machine;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>
/// A debugger that means harm, or none at all: bytes of GDB's remote protocol to a session over a machine that is
/// made up. Whatever comes back are whole packets.
/// </summary>
internal sealed class GdbSessions(string name) : FuzzTarget(name)
{
    private const int MostPackets = 24;

    // What a debugger sends; # stands for a number, % for bytes as hexadecimal digits.
    private static readonly string[] Packets =
    [
        "?", "g", "G%", "p#", "P#=%", "m#,#", "M#,#:%", "X#,#:", "Z0,#,1", "Z1,#,1", "Z2,#,#", "Z3,#,#", "Z4,#,#",
        "z0,#,1", "z#,#,#", "c", "s", "c#", "s#", "C05", "S05;#", "vCont?", "vCont;c", "vCont;s:1;c",
        "vCont;t:-1;s:#", "vCont;#",
        "vKill;1", "vMustReplyEmpty", "qSupported:swbreak+;hwbreak+", "QStartNoAckMode",
        "qXfer:features:read:target.xml:#,#", "qThreadExtraInfo,#", "qRcmd,%", "qC", "qfThreadInfo", "qsThreadInfo",
        "qSymbol::", "qAttached", "Hg#", "Hc-1", "Hc#", "T#", "H", "!", "qRcmd,", "_", "bs", "vFlashErase:#,#",
    ];

    private static readonly string[] Numbers =
    [
        "0", "1", "2", "3", "10", "1000", "1ff8", "1ffc", "2000", "ffff", "4000", "7fffffff", "80000000", "ffffffff",
        "100000000", "7fffffffffffffff", "8000000000000000", "fffffffffffffff8", "ffffffffffffffff", "-1", "", "g",
        "10000000000000000", "0x1000",
    ];

    // Each packet may be answered with the longest that there is.
    public override long MostAllocated => 32 << 20;

    public override byte[] Make(FuzzRandom random)
    {
        List<byte> bytes = [];
        for (int count = 1 + random.Below(MostPackets); count > 0; count--)
        {
            AddPacket(bytes, random);
        }

        byte[] whole = [.. bytes];
        return random.OneIn(4) ? Mutator.Spoil(whole, random, whole.Length) : whole;
    }

    public override bool Run(byte[] input)
    {
        using Connection connection = new(input);
        GdbMachine machine = new(input);
        GdbSession session = new(machine, connection);
        Task serving = session.RunAsync(CancellationToken.None);
        if (!serving.IsCompleted)
        {
            throw new FuzzFailureException("the session waits, and the debugger is gone");
        }

        serving.GetAwaiter().GetResult();
        if (machine.IsAttached)
        {
            throw new FuzzFailureException("the debugger is gone, and the machine still held");
        }

        int answers = connection.CountAnswers();
        Tally.Add("answers", answers);
        Tally.Add("resumes", machine.Resumes);
        return answers > 0;
    }

    private static void AddPacket(List<byte> bytes, FuzzRandom random)
    {
        if (random.OneIn(12))
        {
            // Between packets: Ctrl-C, acknowledgements, wishes to hear it again.
            bytes.Add(random.Pick([(byte)3, (byte)'+', (byte)'-', (byte)'#', (byte)'}', (byte)0]));
            return;
        }

        byte[] content = Content(random);
        byte sum = 0;
        bytes.Add((byte)'$');
        foreach (byte one in content)
        {
            if (one is (byte)'$' or (byte)'#' or (byte)'}')
            {
                bytes.Add((byte)'}');
                bytes.Add((byte)(one ^ 0x20));
                sum += (byte)'}';
                sum += (byte)(one ^ 0x20);
            }
            else
            {
                bytes.Add(one);
                sum += one;
            }
        }

        bytes.Add((byte)'#');
        sum += random.OneIn(32) ? (byte)1 : (byte)0;
        bytes.AddRange(Encoding.ASCII.GetBytes(sum.ToString("x2", CultureInfo.InvariantCulture)));
    }

    private static byte[] Content(FuzzRandom random)
    {
        List<byte> content = [];
        string packet = Packets[random.Below(Packets.Length)];
        foreach (char one in packet)
        {
            if (one == '#')
            {
                content.AddRange(Encoding.ASCII.GetBytes(Numbers[random.Below(Numbers.Length)]));
            }
            else if (one == '%')
            {
                // The registers are 20 bytes together.
                int digits = random.OneIn(2) ? 40 : random.OneIn(8) ? random.Below(3000) : random.Below(40);
                for (; digits > 0; digits--)
                {
                    content.Add((byte)"0123456789abcdefg"[random.Below(random.OneIn(64) ? 17 : 16)]);
                }
            }
            else
            {
                content.Add((byte)one);
            }
        }

        if (packet[0] == 'X')
        {
            byte[] data = new byte[random.Below(40)];
            random.Fill(data);
            content.AddRange(data);
        }

        if (random.OneIn(16))
        {
            content.Insert(random.Below(content.Count + 1), (byte)random.Next());
        }

        return [.. content];
    }

    /// <summary>The debugger's side of a socket: the input, and then its end.</summary>
    private sealed class Connection(byte[] input) : MemoryStream
    {
        private readonly MemoryStream output = new();
        private int place;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // In pieces, as from a network.
            int count = Math.Min(Math.Min(buffer.Length, input.Length - place), 1 + (place % 61));
            input.AsSpan(place, count).CopyTo(buffer.Span);
            place += count;
            return ValueTask.FromResult(count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            output.Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Reads what was written, as a debugger does.</summary>
        public int CountAnswers()
        {
            ReadOnlySpan<byte> bytes = output.ToArray();
            int answers = 0;
            while (!bytes.IsEmpty)
            {
                if (bytes[0] is (byte)'+' or (byte)'-')
                {
                    bytes = bytes[1..];
                    continue;
                }

                int end = bytes.IndexOf((byte)'#');
                byte sum = 0;
                foreach (byte one in bytes[1..Math.Max(1, end)])
                {
                    sum += one;
                }

                if (bytes[0] != '$' || end < 0 || bytes.Length < end + 3
                    || Encoding.ASCII.GetString(bytes[(end + 1)..(end + 3)]) != sum.ToString("x2", null))
                {
                    throw new FuzzFailureException($"no packet: {Encoding.Latin1.GetString(bytes)}");
                }

                answers++;
                bytes = bytes[(end + 3)..];
            }

            return answers;
        }

        protected override void Dispose(bool disposing)
        {
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
