using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

// Names: walks, and what is made, renamed and removed under them.
internal sealed partial class NinePSession
{
    // MAXWELEM of walk(5).
    private const int MostNames = 16;

    // P9_DOTL_AT_REMOVEDIR, which is AT_REMOVEDIR.
    private const uint RemoveFolder = 0x200;
    private const int LongestTarget = 4095;

    private NinePError Walk(ref NinePReader request, ref NinePWriter answer)
    {
        uint number = request.NextUInt32();
        uint newNumber = request.NextUInt32();
        ushort count = request.NextUInt16();
        NinePError error = Find(number, out NinePFid fid);
        if (error != NinePError.None || count > MostNames
            || answer.Room < sizeof(ushort) + (count * NinePQid.Length))
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        if (newNumber != number && (error = CheckNew(newNumber)) != NinePError.None)
        {
            return error;
        }

        error = SharedFolder.TryClone(fid.Place, out SafeFileHandle place);
        if (error != NinePError.None)
        {
            return error;
        }

        Span<NinePQid> qids = stackalloc NinePQid[MostNames];
        int walked = 0;
        for (; walked < count; walked++)
        {
            error = Step(ref place, request.NextString(), out qids[walked]);
            if (error != NinePError.None)
            {
                break;
            }
        }

        // Of a walk that fails after its first name the answer says how far it went, and no number is given.
        if (!request.IsSound || (error != NinePError.None && walked == 0))
        {
            place.Dispose();
            return error;
        }

        answer.Add((ushort)walked);
        foreach (ref readonly NinePQid qid in qids[..walked])
        {
            answer.Add(qid);
        }

        if (walked < count)
        {
            place.Dispose();
            return NinePError.None;
        }

        if (fids.Remove(newNumber, out NinePFid? old))
        {
            old.Dispose();
        }

        fids.Add(newNumber, new NinePFid(place));
        return NinePError.None;
    }

    private static NinePError Step(ref SafeFileHandle place, ReadOnlySpan<byte> name, out NinePQid qid)
    {
        qid = default;
        NinePError error = SharedFolder.TryWalk(place, name, out SafeFileHandle next);
        if (error != NinePError.None)
        {
            return error;
        }

        place.Dispose();
        place = next;
        error = SharedFolder.TryStat(place, out VirtioLibc.FileStatistics statistics);
        qid = NinePQid.Of(statistics);
        return error;
    }

    private NinePError MakeFolder(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        ReadOnlySpan<byte> name = request.NextString();
        uint mode = request.NextUInt32();
        if (error != NinePError.None || (error = CheckChange(request, name)) != NinePError.None)
        {
            return error;
        }

        error = SharedFolder.ErrorOf(VirtioLibc.MakeFolderAt(
            fid.Place, SharedFolder.Terminated(name), mode & UnixMode.Settable) == 0);
        return error == NinePError.None ? AddQid(fid.Place, name, ref answer) : error;
    }

    private NinePError MakeLink(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        ReadOnlySpan<byte> name = request.NextString();
        ReadOnlySpan<byte> target = request.NextString();
        if (error != NinePError.None || (error = CheckChange(request, name)) != NinePError.None)
        {
            return error;
        }

        // Whatever it names, it is followed by the guest alone.
        if (target.IsEmpty || target.Length > LongestTarget || target.Contains((byte)0))
        {
            return NinePError.Invalid;
        }

        error = SharedFolder.ErrorOf(VirtioLibc.MakeLinkAt(
            SharedFolder.Terminated(target), fid.Place, SharedFolder.Terminated(name)) == 0);
        return error == NinePError.None ? AddQid(fid.Place, name, ref answer) : error;
    }

    private NinePError ReadLink(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        if (error != NinePError.None)
        {
            return error;
        }

        Span<byte> target = stackalloc byte[LongestTarget];
        nint length = VirtioLibc.ReadLinkAt(fid.Place, [0], target, (nuint)target.Length);
        if (length < 0 || answer.Room < sizeof(ushort) + length)
        {
            return length < 0 ? SharedFolder.ErrorOf(isDone: false) : NinePError.NameTooLong;
        }

        answer.AddString(target[..(int)length]);
        return NinePError.None;
    }

    private NinePError Link(ref NinePReader request)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        NinePError other = Find(request.NextUInt32(), out NinePFid target);
        ReadOnlySpan<byte> name = request.NextString();
        if (error != NinePError.None || (error = other) != NinePError.None
            || (error = CheckChange(request, name)) != NinePError.None)
        {
            return error;
        }

        return SharedFolder.ErrorOf(VirtioLibc.LinkAt(
            VirtioLibc.CurrentFolder, SharedFolder.PathOf(target.Place), fid.Place,
            SharedFolder.Terminated(name), VirtioLibc.FollowLink) == 0);
    }

    private NinePError RenameAt(ref NinePReader request)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid from);
        ReadOnlySpan<byte> oldName = request.NextString();
        NinePError other = Find(request.NextUInt32(), out NinePFid to);
        ReadOnlySpan<byte> newName = request.NextString();
        if (error != NinePError.None || (error = other) != NinePError.None
            || (error = CheckChange(request, oldName)) != NinePError.None
            || (error = CheckChange(request, newName)) != NinePError.None)
        {
            return error;
        }

        return SharedFolder.ErrorOf(VirtioLibc.RenameAt(
            from.Place, SharedFolder.Terminated(oldName), to.Place, SharedFolder.Terminated(newName)) == 0);
    }

    private NinePError UnlinkAt(ref NinePReader request)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        ReadOnlySpan<byte> name = request.NextString();
        uint flags = request.NextUInt32();
        if (error != NinePError.None || (error = CheckChange(request, name)) != NinePError.None)
        {
            return error;
        }

        return SharedFolder.ErrorOf(VirtioLibc.UnlinkAt(
            fid.Place, SharedFolder.Terminated(name), (int)(flags & RemoveFolder)) == 0);
    }

    // Nothing is changed by half a request.
    private NinePError CheckChange(in NinePReader request, ReadOnlySpan<byte> name) =>
        request.IsSound ? folder.CheckChange(name) : NinePError.Invalid;

    private static NinePError AddQid(SafeFileHandle parent, ReadOnlySpan<byte> name, ref NinePWriter answer)
    {
        NinePError error = SharedFolder.TryWalk(parent, name, out SafeFileHandle made);
        if (error != NinePError.None)
        {
            return error;
        }

        using (made)
        {
            error = SharedFolder.TryStat(made, out VirtioLibc.FileStatistics statistics);
            answer.Add(NinePQid.Of(statistics));
            return error;
        }
    }
}
