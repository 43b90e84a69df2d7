using System.Globalization;
using System.Text;

namespace KvmInterop.Machine;

/// <summary>What came from the debugger.</summary>
internal enum GdbInputKind
{
    /// <summary>The connection ended.</summary>
    End,

    /// <summary>A packet whose checksum is right.</summary>
    Packet,

    /// <summary>A packet that was damaged or is too long.</summary>
    Damaged,

    /// <summary>Ctrl-C: the byte 0x03 outside of a packet.</summary>
    Interrupt,

    /// <summary>The last packet that was sent came damaged: send it again.</summary>
    Repeat,
}

/// <summary>One input, with the packet's content where it is one.</summary>
internal readonly record struct GdbInput(GdbInputKind Kind, ReadOnlyMemory<byte> Packet = default);

/// <summary>
/// Packets of GDB's remote protocol over a stream: <c>$content#checksum</c> with acknowledgements
/// (GDB manual, appendix E.1).
/// </summary>
/// <param name="stream">Not owned.</param>
internal sealed class GdbPackets(Stream stream)
{
    /// <summary>Bytes of content of the longest packet in either direction.</summary>
    internal const int MostContent = 0x4000;

    private const byte Start = (byte)'$';
    private const byte End = (byte)'#';
    private const byte Escape = (byte)'}';
    private const byte RunLength = (byte)'*';
    private const byte EscapeMask = 0x20;
    private const byte ControlC = 0x03;

    private readonly byte[] buffer = new byte[4096];
    private int next;
    private int filled;
    private byte[] lastSent = [];

    /// <summary>Whether packets are acknowledged; QStartNoAckMode ends it.</summary>
    internal bool IsAcknowledging { get; set; } = true;

    internal async Task<GdbInput> ReadAsync(CancellationToken token)
    {
        while (true)
        {
            int one = await NextByteAsync(token).ConfigureAwait(false);
            switch (one)
            {
                case < 0:
                    return new GdbInput(GdbInputKind.End);
                case ControlC:
                    return new GdbInput(GdbInputKind.Interrupt);
                case '-' when IsAcknowledging:
                    return new GdbInput(GdbInputKind.Repeat);
                case Start:
                    return await ReadContentAsync(token).ConfigureAwait(false);
            }

            // Acknowledgements, and noise between packets.
        }
    }

    internal Task AcknowledgeAsync(bool good, CancellationToken token) => IsAcknowledging
        ? WriteAsync(good ? "+"u8.ToArray() : "-"u8.ToArray(), token)
        : Task.CompletedTask;

    internal Task SendAsync(string content, CancellationToken token) =>
        SendAsync(Encoding.Latin1.GetBytes(content), token);

    /// <summary>Sends content, escaped where it needs it.</summary>
    internal Task SendAsync(ReadOnlySpan<byte> content, CancellationToken token)
    {
        List<byte> packet = new(content.Length + 4) { Start };
        byte sum = 0;
        foreach (byte one in content)
        {
            if (one is Start or End or Escape or RunLength)
            {
                Add(Escape);
                Add((byte)(one ^ EscapeMask));
            }
            else
            {
                Add(one);
            }
        }

        packet.Add(End);
        packet.AddRange(Encoding.ASCII.GetBytes(sum.ToString("x2", CultureInfo.InvariantCulture)));
        lastSent = [.. packet];
        return WriteAsync(lastSent, token);

        void Add(byte one)
        {
            packet.Add(one);
            sum += one;
        }
    }

    internal Task RepeatAsync(CancellationToken token) => WriteAsync(lastSent, token);

    private async Task WriteAsync(byte[] bytes, CancellationToken token)
    {
        await stream.WriteAsync(bytes, token).ConfigureAwait(false);
        await stream.FlushAsync(token).ConfigureAwait(false);
    }

    private async Task<GdbInput> ReadContentAsync(CancellationToken token)
    {
        List<byte> content = [];
        byte sum = 0;
        bool isTooLong = false;
        bool isEscaped = false;
        while (true)
        {
            int one = await NextByteAsync(token).ConfigureAwait(false);
            if (one < 0)
            {
                return new GdbInput(GdbInputKind.End);
            }

            if (one == End)
            {
                break;
            }

            if (one == Start)
            {
                // The end of the packet before was lost.
                (content, sum, isTooLong, isEscaped) = ([], 0, false, false);
                continue;
            }

            sum += (byte)one;
            if (one == Escape && !isEscaped)
            {
                isEscaped = true;
                continue;
            }

            isTooLong |= content.Count == MostContent;
            if (!isTooLong)
            {
                content.Add((byte)(isEscaped ? one ^ EscapeMask : one));
            }

            isEscaped = false;
        }

        byte[] digits = [(byte)await NextByteAsync(token).ConfigureAwait(false), 0];
        digits[1] = (byte)await NextByteAsync(token).ConfigureAwait(false);
        bool isGood = !isTooLong && GdbHex.TryNumber(digits, out ulong told) && told == sum;
        return isGood
            ? new GdbInput(GdbInputKind.Packet, content.ToArray())
            : new GdbInput(GdbInputKind.Damaged);
    }

    private async ValueTask<int> NextByteAsync(CancellationToken token)
    {
        if (next == filled)
        {
            next = 0;
            filled = await stream.ReadAsync(buffer, token).ConfigureAwait(false);
            if (filled == 0)
            {
                return -1;
            }
        }

        return buffer[next++];
    }
}
