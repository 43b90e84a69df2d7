using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

// What is known of a file, and set.
internal sealed partial class NinePSession
{
    // P9_STATS_BASIC, and the bits of Tsetattr (P9_SETATTR_*).
    private const ulong BasicStatistics = 0x7ff;
    private const uint SetMode = 0x1;
    private const uint SetUser = 0x2;
    private const uint SetGroup = 0x4;
    private const uint SetSize = 0x8;
    private const uint SetAccessed = 0x10;
    private const uint SetModified = 0x20;
    private const uint SetAccessedTo = 0x80;
    private const uint SetModifiedTo = 0x100;

    // V9FS_MAGIC of linux/magic.h.
    private const uint FileSystemType = 0x01021997;

    private NinePError GetAttributes(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        request.NextUInt64();
        if (error != NinePError.None
            || (error = SharedFolder.TryStat(fid.Place, out VirtioLibc.FileStatistics found)) != NinePError.None)
        {
            return error;
        }

        answer.Add(BasicStatistics);
        answer.Add(NinePQid.Of(found));
        answer.Add((uint)found.Mode);
        answer.Add(found.User);
        answer.Add(found.Group);
        answer.Add((ulong)found.LinkCount);
        answer.Add(((ulong)found.DeviceMajor << 8) | found.DeviceMinor);
        answer.Add(found.Size);
        answer.Add((ulong)found.BlockSize);
        answer.Add(found.Blocks);
        AddTime(found.Accessed, ref answer);
        AddTime(found.Modified, ref answer);
        AddTime(found.Changed, ref answer);

        // When it was made, its generation and its version: not among the basic ones.
        for (int i = 0; i < 4; i++)
        {
            answer.Add(0UL);
        }

        return NinePError.None;
    }

    private static void AddTime(VirtioLibc.StatisticsTime time, ref NinePWriter answer)
    {
        answer.Add((ulong)time.Seconds);
        answer.Add((ulong)time.Nanoseconds);
    }

    private NinePError SetAttributes(ref NinePReader request)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        uint which = request.NextUInt32();
        uint mode = request.NextUInt32();
        uint user = request.NextUInt32();
        uint group = request.NextUInt32();
        ulong size = request.NextUInt64();
        VirtioLibc.FileTime accessed = new((long)request.NextUInt64(), (long)request.NextUInt64());
        VirtioLibc.FileTime modified = new((long)request.NextUInt64(), (long)request.NextUInt64());
        if (error != NinePError.None || !request.IsSound)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        if (folder.IsReadOnly)
        {
            return NinePError.ReadOnly;
        }

        error = CheckKind(fid.Place, which);
        if (error == NinePError.None && (which & (SetUser | SetGroup)) != 0)
        {
            error = SetOwner(
                fid.Place, (which & SetUser) != 0 ? user : uint.MaxValue, (which & SetGroup) != 0 ? group : uint.MaxValue);
        }

        byte[] path = SharedFolder.PathOf(fid.Place);
        if (error == NinePError.None && (which & SetMode) != 0)
        {
            error = SharedFolder.ErrorOf(VirtioLibc.ChangeMode(path, mode & UnixMode.Settable) == 0);
        }

        if (error == NinePError.None && (which & SetSize) != 0)
        {
            error = size > long.MaxValue
                ? NinePError.Invalid
                : SharedFolder.ErrorOf(VirtioLibc.Truncate(path, (long)size) == 0);
        }

        if (error == NinePError.None && (which & (SetAccessed | SetModified)) != 0)
        {
            ReadOnlySpan<VirtioLibc.FileTime> times =
            [
                TimeOf(which, SetAccessed, SetAccessedTo, accessed),
                TimeOf(which, SetModified, SetModifiedTo, modified),
            ];
            error = SharedFolder.ErrorOf(VirtioLibc.SetTimes(VirtioLibc.CurrentFolder, path, times, 0) == 0);
        }

        return error;
    }

    // A link's own owner can be set, and nothing else; of a device or a pipe nothing is touched.
    private static NinePError CheckKind(SafeFileHandle place, uint which)
    {
        NinePError error = SharedFolder.TryStat(place, out VirtioLibc.FileStatistics found);
        if (error != NinePError.None)
        {
            return error;
        }

        return UnixMode.KindOf(found.Mode) switch
        {
            UnixMode.Regular or UnixMode.Folder => NinePError.None,
            UnixMode.SymbolicLink => (which & (SetMode | SetSize | SetAccessed | SetModified)) == 0
                ? NinePError.None
                : NinePError.NotSupported,
            _ => NinePError.NotPermitted,
        };
    }

    private static NinePError SetOwner(SafeFileHandle place, uint user, uint group)
    {
        NinePError error = SharedFolder.ErrorOf(
            VirtioLibc.ChangeOwnerAt(place, [0], user, group, VirtioLibc.EmptyPath) == 0);
        return error == NinePError.NotPermitted ? NinePError.None : error;
    }

    private static VirtioLibc.FileTime TimeOf(uint which, uint set, uint setTo, VirtioLibc.FileTime time) =>
        (which & set) == 0 ? VirtioLibc.FileTime.Unchanged
        : (which & setTo) == 0 ? VirtioLibc.FileTime.Now
        : time;

    private NinePError FileSystem(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        if (error != NinePError.None)
        {
            return error;
        }

        error = SharedFolder.ErrorOf(
            VirtioLibc.FileSystemOf(fid.Place, out VirtioLibc.FileSystemStatistics found) == 0);
        answer.Add(FileSystemType);
        answer.Add((uint)found.BlockSize);
        answer.Add(found.Blocks);
        answer.Add(found.FreeBlocks);
        answer.Add(found.AvailableBlocks);
        answer.Add(found.Files);
        answer.Add(found.FreeFiles);
        answer.Add(found.Id);
        answer.Add((uint)found.LongestName);
        return error;
    }
}
