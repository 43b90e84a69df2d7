using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>Answers the requests of one guest's mount. Used by one thread at a time.</summary>
/// <remarks>The messages are those of diod's protocol.md, which defines 9P2000.L, and of 9P2000's intro(5).
/// </remarks>
internal sealed partial class NinePSession(SharedFolder folder)
{
    /// <summary>Bytes of the largest message that is agreed on (msize).</summary>
    internal const int LargestMessage = 512 * 1024;

    /// <summary>Bytes of an error.</summary>
    internal const int ShortestAnswer = NinePWriter.HeaderLength + sizeof(uint);

    // Room for any answer but those that are as long as the guest wants.
    private const int SmallestMessage = 4096;
    private const int MostFids = 16 * 1024;
    private const uint NoFid = uint.MaxValue;

    private readonly SharedFolder folder = folder;
    private readonly Dictionary<uint, NinePFid> fids = [];
    private int messageSize = SmallestMessage;

    private static ReadOnlySpan<byte> Dialect => "9P2000.L"u8;

    /// <summary>Answers one request.</summary>
    /// <param name="message">As it came.</param>
    /// <param name="answer">Room for the answer, at least <see cref="ShortestAnswer"/>.</param>
    /// <returns>Bytes of the answer.</returns>
    internal int Answer(ReadOnlySpan<byte> message, Span<byte> answer)
    {
        NinePReader reader = new(message);
        uint size = reader.NextUInt32();
        NinePMessageType type = (NinePMessageType)reader.NextByte();
        ushort tag = reader.NextUInt16();
        NinePWriter writer = new(answer[..Math.Min(answer.Length, messageSize)]);
        NinePError error = NinePError.Invalid;
        if (reader.IsSound && size <= (uint)message.Length && size >= NinePWriter.HeaderLength)
        {
            reader = new NinePReader(message[NinePWriter.HeaderLength..(int)size]);
            error = Perform(type, ref reader, ref writer);
        }

        if (error != NinePError.None)
        {
            writer.Clear();
            writer.Add((uint)error);
            type = NinePMessageType.Error;
        }

        writer.Finish((byte)(type + 1), tag);
        return writer.Length;
    }

    /// <summary>Forgets all files.</summary>
    internal void Clear()
    {
        foreach (NinePFid fid in fids.Values)
        {
            fid.Dispose();
        }

        fids.Clear();
    }

    private NinePError Perform(NinePMessageType type, ref NinePReader request, ref NinePWriter answer)
    {
        // Of what has a fixed length exactly that: Linux gives each answer no more room than it takes (from 6.1 on).
        if (answer.Room < LeastRoom(type))
        {
            return NinePError.Invalid;
        }

        NinePError error = type switch
        {
            NinePMessageType.Version => Negotiate(ref request, ref answer),
            NinePMessageType.Attach => Attach(ref request, ref answer),
            NinePMessageType.Flush => NinePError.None,
            NinePMessageType.Walk => Walk(ref request, ref answer),
            NinePMessageType.Clunk => Clunk(ref request),
            NinePMessageType.Open => Open(ref request, ref answer),
            NinePMessageType.Create => Create(ref request, ref answer),
            NinePMessageType.Read => Read(ref request, ref answer),
            NinePMessageType.Write => Write(ref request, ref answer),
            NinePMessageType.ReadFolder => ReadFolder(ref request, ref answer),
            NinePMessageType.Synchronize => Synchronize(ref request),
            NinePMessageType.GetAttributes => GetAttributes(ref request, ref answer),
            NinePMessageType.SetAttributes => SetAttributes(ref request),
            NinePMessageType.FileSystem => FileSystem(ref request, ref answer),
            NinePMessageType.MakeFolder => MakeFolder(ref request, ref answer),
            NinePMessageType.MakeLink => MakeLink(ref request, ref answer),
            NinePMessageType.ReadLink => ReadLink(ref request, ref answer),
            NinePMessageType.Link => Link(ref request),
            NinePMessageType.RenameAt => RenameAt(ref request),
            NinePMessageType.UnlinkAt => UnlinkAt(ref request),
            NinePMessageType.Lock => Lock(ref request, ref answer),
            NinePMessageType.GetLock => GetLock(ref request, ref answer),

            // Linux asks by the newer ones of these, or does without.
            NinePMessageType.Remove => ClunkUnsupported(ref request),
            NinePMessageType.MakeNode => NinePError.NotPermitted,
            _ => NinePError.NotSupported,
        };
        return request.IsSound ? error : NinePError.Invalid;
    }

    private static int LeastRoom(NinePMessageType type) => type switch
    {
        NinePMessageType.GetAttributes => 153,
        NinePMessageType.Walk or NinePMessageType.ReadLink => sizeof(ushort), // And more by what is asked.
        NinePMessageType.FileSystem => 60,
        NinePMessageType.Flush or NinePMessageType.Clunk or NinePMessageType.Remove => 0,
        NinePMessageType.SetAttributes or NinePMessageType.Synchronize or NinePMessageType.Link => 0,
        NinePMessageType.RenameAt or NinePMessageType.UnlinkAt => 0,
        NinePMessageType.Lock => 1,
        NinePMessageType.Attach or NinePMessageType.MakeFolder or NinePMessageType.MakeLink => NinePQid.Length,
        NinePMessageType.Version => sizeof(uint) + sizeof(ushort) + Dialect.Length,
        NinePMessageType.Read or NinePMessageType.Write or NinePMessageType.ReadFolder => sizeof(uint),
        _ => NinePQid.Length + sizeof(uint),
    };

    private NinePError Negotiate(ref NinePReader request, ref NinePWriter answer)
    {
        uint size = request.NextUInt32();
        ReadOnlySpan<byte> dialect = request.NextString();
        if (size < SmallestMessage)
        {
            return NinePError.Invalid;
        }

        // A version begins anew (version(5)); one that is not known is answered so, and is no error.
        Clear();
        messageSize = (int)Math.Min(size, LargestMessage);
        answer.Add((uint)messageSize);
        answer.AddString(dialect.SequenceEqual(Dialect) ? Dialect : "unknown"u8);
        return NinePError.None;
    }

    private NinePError Attach(ref NinePReader request, ref NinePWriter answer)
    {
        uint number = request.NextUInt32();
        uint authentication = request.NextUInt32();
        if (authentication != NoFid)
        {
            return NinePError.NotSupported;
        }

        NinePError error = CheckNew(number);
        if (error != NinePError.None
            || (error = folder.TryRoot(out SafeFileHandle place)) != NinePError.None)
        {
            return error;
        }

        return Keep(number, place, ref answer);
    }

    private NinePError Keep(
        uint number, SafeFileHandle place, ref NinePWriter answer)
    {
        NinePError error = SharedFolder.TryStat(place, out VirtioLibc.FileStatistics statistics);
        if (error != NinePError.None)
        {
            place.Dispose();
            return error;
        }

        fids.Add(number, new NinePFid(place));
        answer.Add(NinePQid.Of(statistics));
        return NinePError.None;
    }

    private NinePError CheckNew(uint number) =>
        fids.ContainsKey(number) || number == NoFid ? NinePError.BadFile
        : fids.Count >= MostFids ? NinePError.TooManyFiles
        : NinePError.None;

    private NinePError Find(uint number, out NinePFid fid) =>
        fids.TryGetValue(number, out fid!) ? NinePError.None : NinePError.BadFile;

    private NinePError Clunk(ref NinePReader request)
    {
        uint number = request.NextUInt32();
        if (!fids.Remove(number, out NinePFid? fid))
        {
            return NinePError.BadFile;
        }

        fid.Dispose();
        return NinePError.None;
    }

    // Tremove frees the number even where it fails (remove(5)).
    private NinePError ClunkUnsupported(ref NinePReader request)
    {
        Clunk(ref request);
        return NinePError.NotSupported;
    }
}
