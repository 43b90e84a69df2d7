using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

public sealed partial class VmSnapshot
{
    /// <summary>Adds the snapshot's memory to a VM that has none, at the same addresses.</summary>
    /// <remarks>
    /// With <see cref="SnapshotMemory.CopyOnWrite"/> only what incremental snapshots changed is read; the
    /// rest is mapped, and comes as the guest touches it. Where it fails, or is cancelled, dispose the VM.
    /// </remarks>
    /// <param name="memory">A new VM's <see cref="Vm.Memory"/>, or memory without a VM.</param>
    /// <param name="how">Map the files, or read them.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="token">Ends it.</param>
    /// <exception cref="InvalidOperationException">The memory has regions already.</exception>
    /// <exception cref="StateException">A file is not what it was when the snapshot was opened.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="KvmException">Memory cannot be mapped, or be made a slot of the VM.</exception>
    public void RestoreMemory(
        GuestMemory memory, SnapshotMemory how = SnapshotMemory.CopyOnWrite, SnapshotOptions? options = null,
        CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (memory.Regions.Count != 0)
        {
            throw new InvalidOperationException(
                "a snapshot is restored to memory without regions; make a new VM, and add to it afterwards");
        }

        List<(VmSnapshot From, SnapshotRegion Region)>[] files =
            [.. Regions.Select(FilesOf)];
        ProgressCounter progress = new(
            files.SelectMany(each => each.Where(file => file.Region.Pages is not null
                || how == SnapshotMemory.Read).Select(file => file.Region)),
            options ?? SnapshotOptions.Default, token);
        foreach (List<(VmSnapshot From, SnapshotRegion Region)> chain in files)
        {
            progress.Check();
            RestoreRegion(memory, chain, how, progress);
        }
    }

    private static void RestoreRegion(
        GuestMemory memory, List<(VmSnapshot From, SnapshotRegion Region)> chain, SnapshotMemory how,
        ProgressCounter progress)
    {
        (VmSnapshot from, SnapshotRegion whole) = chain[^1];
        using (SafeFileHandle file = from.OpenMemory(whole))
        {
            GuestMemoryOptions options = new()
            {
                IsReadOnly = chain[0].Region.IsReadOnly,
                Backing = how == SnapshotMemory.CopyOnWrite
                    ? GuestMemoryBacking.PrivateFile(file)
                    : GuestMemoryBacking.Anonymous,
            };
            memory.Add(whole.Address, whole.Size, options);
            if (how == SnapshotMemory.Read)
            {
                MemoryFile.Read(memory, whole, file, isZeroed: true, progress);
            }
        }

        // From the oldest change to the newest.
        foreach ((VmSnapshot newer, SnapshotRegion delta) in chain.AsEnumerable().Reverse().Skip(1))
        {
            using SafeFileHandle file = newer.OpenMemory(delta);
            MemoryFile.Read(memory, delta, file, isZeroed: false, progress);
        }
    }

    // The region's files, from this snapshot's to the one that has all of it.
    private List<(VmSnapshot From, SnapshotRegion Region)> FilesOf(SnapshotRegion region)
    {
        List<(VmSnapshot, SnapshotRegion)> files = [(this, region)];
        VmSnapshot from = this;
        while (region.Pages is not null)
        {
            SnapshotRegion wanted = region;
            VmSnapshot? parent = from.Base;
            region = parent?.Regions.FirstOrDefault(
                old => old.Address == wanted.Address && old.Size == wanted.Size)
                ?? throw new StateException(
                    $"the snapshot {from.Folder} has changes of the region at 0x{wanted.Address:x}, which "
                    + "its "
                    + "base does not have");
            from = parent!;
            files.Add((from, region));
        }

        return files;
    }

    private SafeFileHandle OpenMemory(SnapshotRegion region)
    {
        string path = Path.Combine(Folder, region.File);
        SafeFileHandle file;
        try
        {
            file = SnapshotFile.Open(path);
        }
        catch (FileNotFoundException e)
        {
            throw new StateException($"the memory file {path} is gone since the snapshot was opened", e);
        }

        long length = RandomAccess.GetLength(file);
        if ((ulong)length == region.Size)
        {
            return file;
        }

        file.Dispose();
        throw new StateException(
            $"the memory file {path} has {length:#,0} bytes and not {region.Size:#,0}: it was changed since "
            + "the "
            + "snapshot was opened");
    }
}
