using System.Buffers.Binary;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.NineP;

// Files and folders that are open.
internal sealed partial class NinePSession
{
    // struct linux_dirent64 (getdents(2)) up to its name, and a folder's entry in 9P up to its name.
    private const int HostEntryHeader = 19;
    private const int EntryHeader = NinePQid.Length + sizeof(ulong) + 1 + sizeof(ushort);

    private readonly byte[] entries = new byte[32 * 1024];

    private NinePError Open(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = Find(request.NextUInt32(), out NinePFid fid);
        uint flags = request.NextUInt32();
        if (error != NinePError.None || !request.IsSound || fid.Open is not null)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        error = folder.TryOpen(fid.Place, flags, out SafeFileHandle file);
        if (error != NinePError.None)
        {
            return error;
        }

        fid.Open = file;
        return AddOpened(file, ref answer);
    }

    private NinePError Create(ref NinePReader request, ref NinePWriter answer)
    {
        uint number = request.NextUInt32();
        NinePError error = Find(number, out NinePFid fid);
        ReadOnlySpan<byte> name = request.NextString();
        uint flags = request.NextUInt32();
        uint mode = request.NextUInt32();
        if (error != NinePError.None || !request.IsSound || fid.Open is not null)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        error = folder.TryCreate(fid.Place, name, flags, mode, out SafeFileHandle file);
        if (error != NinePError.None)
        {
            return error;
        }

        // The number stands for the file from here on, not for the folder (Tlcreate).
        error = SharedFolder.TryWalk(fid.Place, name, out SafeFileHandle place);
        if (error != NinePError.None)
        {
            file.Dispose();
            return error;
        }

        fid.Dispose();
        fids[number] = new NinePFid(place) { Open = file };
        return AddOpened(file, ref answer);
    }

    private static NinePError AddOpened(SafeFileHandle file, ref NinePWriter answer)
    {
        NinePError error = SharedFolder.TryStat(file, out VirtioLibc.FileStatistics statistics);
        answer.Add(NinePQid.Of(statistics));

        // iounit: as much as a message holds.
        answer.Add(0u);
        return error;
    }

    private NinePError Read(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = FindOpen(request.NextUInt32(), out SafeFileHandle file);
        ulong offset = request.NextUInt64();
        uint count = request.NextUInt32();
        if (error != NinePError.None || !request.IsSound || offset > long.MaxValue)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        Span<byte> data = answer.Rest[sizeof(uint)..];
        data = data[..(int)Math.Min(count, (uint)data.Length)];
        nint read = VirtioLibc.ReadAt(file, data, (nuint)data.Length, (long)offset);
        if (read < 0)
        {
            return SharedFolder.ErrorOf(isDone: false);
        }

        answer.Add((uint)read);
        answer.Advance((int)read);
        return NinePError.None;
    }

    private NinePError Write(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = FindOpen(request.NextUInt32(), out SafeFileHandle file);
        ulong offset = request.NextUInt64();
        ReadOnlySpan<byte> data = request.NextBytes(request.NextUInt32());
        if (error != NinePError.None || !request.IsSound || offset > long.MaxValue)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        nint written = VirtioLibc.WriteAt(file, data, (nuint)data.Length, (long)offset);
        if (written < 0)
        {
            return SharedFolder.ErrorOf(isDone: false);
        }

        answer.Add((uint)written);
        return NinePError.None;
    }

    private NinePError ReadFolder(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = FindOpen(request.NextUInt32(), out SafeFileHandle file);
        ulong offset = request.NextUInt64();
        uint count = request.NextUInt32();
        if (error != NinePError.None || !request.IsSound)
        {
            return error != NinePError.None ? error : NinePError.Invalid;
        }

        // The offset is one that an entry had, or any: the file system knows what to do with it.
        if (VirtioLibc.Seek(file, (long)offset, VirtioLibc.SeekFromStart) < 0)
        {
            return SharedFolder.ErrorOf(isDone: false);
        }

        nint read = VirtioLibc.ReadFolder(file, entries, (nuint)entries.Length);
        if (read < 0)
        {
            return SharedFolder.ErrorOf(isDone: false);
        }

        error = SharedFolder.TryStat(file, out VirtioLibc.FileStatistics statistics);
        int room = (int)Math.Min(count, (uint)(answer.Room - sizeof(uint)));
        int start = answer.Length;
        answer.Add(0u);
        AddEntries(entries.AsSpan(0, (int)read), statistics, room, ref answer);
        int length = answer.Length - start - sizeof(uint);
        answer.Patch(start, (uint)length);
        return error;
    }

    private static void AddEntries(
        ReadOnlySpan<byte> host, in VirtioLibc.FileStatistics parent, int room, ref NinePWriter answer)
    {
        while (host.Length > HostEntryHeader)
        {
            ulong inode = BinaryPrimitives.ReadUInt64LittleEndian(host);
            ulong next = BinaryPrimitives.ReadUInt64LittleEndian(host[8..]);
            ushort length = BinaryPrimitives.ReadUInt16LittleEndian(host[16..]);
            byte kind = host[18];
            ReadOnlySpan<byte> name = host[HostEntryHeader..length];
            name = name[..name.IndexOf((byte)0)];
            if (EntryHeader + name.Length > room)
            {
                return;
            }

            // d_type is the mode's four highest bits.
            VirtioLibc.FileStatistics entry = parent;
            entry.Inode = inode;
            entry.Mode = (ushort)(kind << 12);
            entry.Modified = default;
            answer.Add(NinePQid.Of(entry));
            answer.Add(next);
            answer.Add(kind);
            answer.AddString(name);
            room -= EntryHeader + name.Length;
            host = host[length..];
        }
    }

    private NinePError Synchronize(ref NinePReader request)
    {
        NinePError error = FindOpen(request.NextUInt32(), out SafeFileHandle file);
        return error != NinePError.None ? error : SharedFolder.ErrorOf(VirtioLibc.Synchronize(file) == 0);
    }

    // Locks are between the guest's programs, which its kernel knows (9p's own default).
    private NinePError Lock(ref NinePReader request, ref NinePWriter answer)
    {
        NinePError error = FindOpen(request.NextUInt32(), out _);

        // P9_LOCK_SUCCESS.
        answer.Add((byte)0);
        return error;
    }

    private NinePError GetLock(ref NinePReader request, ref NinePWriter answer)
    {
        const byte Unlocked = 2;
        NinePError error = FindOpen(request.NextUInt32(), out _);
        request.NextByte();
        ulong start = request.NextUInt64();
        ulong length = request.NextUInt64();
        uint process = request.NextUInt32();
        ReadOnlySpan<byte> client = request.NextString();
        if (answer.Room < 1 + (2 * sizeof(ulong)) + sizeof(uint) + sizeof(ushort) + client.Length)
        {
            return NinePError.Invalid;
        }

        answer.Add(Unlocked);
        answer.Add(start);
        answer.Add(length);
        answer.Add(process);
        answer.AddString(client);
        return error;
    }

    private NinePError FindOpen(uint number, out SafeFileHandle file)
    {
        NinePError error = Find(number, out NinePFid fid);
        file = error == NinePError.None ? fid.Open! : null!;
        return error == NinePError.None && file is null ? NinePError.BadFile : error;
    }
}
