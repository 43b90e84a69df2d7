using System.Buffers.Binary;
using System.Net.Sockets;

namespace KvmInterop.Machine.Virtio.Net;

// Frames in a stream of bytes.
public sealed partial class StreamPort
{
    private readonly byte[] input = new byte[2 * (LengthBytes + LongestFrame)];

    // The frames of a turn, which go in one system call, and wake the other side once.
    private readonly byte[] rest = new byte[4 * (LengthBytes + LongestFrame)];

    // What came and was not taken, and what is still to be sent.
    private int inputStart;
    private int inputEnd;
    private int restStart;
    private int restEnd;

    /// <inheritdoc/>
    public override int Receive(Span<byte> frame)
    {
        while (peer is not null)
        {
            int length = TakeFrame(frame);
            if (length != 0)
            {
                return Math.Max(length, 0);
            }

            if (!ReadMore())
            {
                return 0;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public override bool TrySend(ReadOnlySpan<byte> frame)
    {
        if (peer is null)
        {
            return true;
        }

        int needed = LengthBytes + frame.Length;
        if (needed > rest.Length - restEnd)
        {
            FlushRest();
            rest.AsSpan(restStart, restEnd - restStart).CopyTo(rest);
            restEnd -= restStart;
            restStart = 0;
            if (needed > rest.Length - restEnd)
            {
                return false;
            }
        }

        BinaryPrimitives.WriteInt32BigEndian(rest.AsSpan(restEnd), frame.Length);
        frame.CopyTo(rest.AsSpan(restEnd + LengthBytes));
        restEnd += needed;
        return true;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        if (restEnd > restStart)
        {
            FlushRest();
        }
    }

    // 0 if there is no whole frame, less if the other side does not speak this protocol.
    private int TakeFrame(Span<byte> frame)
    {
        ReadOnlySpan<byte> there = input.AsSpan(inputStart, inputEnd - inputStart);
        if (there.Length < LengthBytes)
        {
            return 0;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(there);
        if (length is 0 or > LongestFrame)
        {
            HangUp();
            return -1;
        }

        if (there.Length - LengthBytes < (int)length)
        {
            return 0;
        }

        there.Slice(LengthBytes, (int)length).CopyTo(frame);
        inputStart += LengthBytes + (int)length;
        return (int)length;
    }

    private bool ReadMore()
    {
        input.AsSpan(inputStart, inputEnd - inputStart).CopyTo(input);
        inputEnd -= inputStart;
        inputStart = 0;
        int read = peer!.Receive(input.AsSpan(inputEnd), SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (read <= 0 || error != SocketError.Success)
        {
            HangUp();
            return false;
        }

        inputEnd += read;
        return true;
    }

    private void FlushRest()
    {
        while (restStart < restEnd && peer is not null)
        {
            int sent = peer.Send(rest.AsSpan(restStart, restEnd - restStart), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            if (error != SocketError.Success)
            {
                HangUp();
                return;
            }

            restStart += sent;
        }

        if (restStart == restEnd)
        {
            restStart = restEnd = 0;
        }

        UpdateInterest();
    }
}
