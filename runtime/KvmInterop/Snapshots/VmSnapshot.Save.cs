using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

public sealed partial class VmSnapshot
{
    /// <summary>Saves a VM, none of whose vCPUs runs, with all its memory.</summary>
    /// <remarks>
    /// The folder is there whole or not at all: it is written under another name beside it, and renamed. A
    /// snapshot that has the name is replaced; VMs that were restored from it keep its memory.
    /// </remarks>
    /// <param name="folder">Where it shall be: no file, and no folder with anything but a snapshot.</param>
    /// <param name="kvm">Tells which registers are state on this host.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">All of its vCPUs, paused or stopped.</param>
    /// <param name="tracker">Harvested on the way, so that it has what changes from here on, for
    /// <see cref="SaveIncremental"/>; or null.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="token">Ends it; nothing stays behind.</param>
    /// <exception cref="StateException">Something else has the folder's name.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="NotSupportedException">A region is guest_memfd, whose private pages the host does not
    /// see.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    /// <inheritdoc cref="VmState.Save"/>
    public static VmSnapshot Save(
        string folder, Kvm kvm, Vm vm, ReadOnlySpan<Vcpu> vcpus, DirtyTracker? tracker = null,
        SnapshotOptions? options = null, CancellationToken token = default) =>
        Write(folder, null, kvm, vm, vcpus, tracker, options, token);

    /// <summary>
    /// Saves a VM, none of whose vCPUs runs, with the memory that changed since another snapshot of it.
    /// </summary>
    /// <remarks>
    /// Restoring it takes the base too, and the base's own: keep them where they are, or move them together.
    /// </remarks>
    /// <param name="folder">Where it shall be; not the base's folder.</param>
    /// <param name="parent">The last snapshot of this VM, made with the same tracker: the base.</param>
    /// <param name="kvm">Tells which registers are state on this host.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">All of its vCPUs, paused or stopped.</param>
    /// <param name="tracker">Knows what changed since the base. It is harvested, and where the snapshot fails
    /// the pages are put back.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="token">Ends it; nothing stays behind.</param>
    /// <exception cref="ArgumentException">The folder is one that the base needs.</exception>
    /// <inheritdoc cref="Save"/>
    public static VmSnapshot SaveIncremental(
        string folder, VmSnapshot parent, Kvm kvm, Vm vm, ReadOnlySpan<Vcpu> vcpus, DirtyTracker tracker,
        SnapshotOptions? options = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(tracker);
        return Write(folder, parent, kvm, vm, vcpus, tracker, options, token);
    }

    private static VmSnapshot Write(
        string folder, VmSnapshot? parent, Kvm kvm, Vm vm, ReadOnlySpan<Vcpu> vcpus, DirtyTracker? tracker,
        SnapshotOptions? options, CancellationToken token)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CheckIsNoBase(Path.GetFullPath(folder), parent);
        using SnapshotFolder target = new(folder);

        // The state before the memory: it finishes accesses that wait, and those may end in memory.
        VmState state = VmState.Save(kvm, vm, vcpus);
        GuestPageRange[] dirty = tracker?.Harvest().ToArray() ?? [];
        try
        {
            byte[] bytes = state.ToBytes();
            SnapshotManifest manifest = new()
            {
                Id = Guid.NewGuid(),
                PageSize = Environment.SystemPageSize,
                StateSum = Crc32C.Of(bytes),
                BaseFolder = parent is null ? null : RelativePath(folder, parent),
                BaseId = parent?.Id,
                Regions = [.. vm.Memory.Regions.Select(region => Describe(region, parent, dirty))],
            };
            WriteMemory(target.Temporary, vm.Memory, manifest, options ?? SnapshotOptions.Default, token);
            bool flush = (options ?? SnapshotOptions.Default).FlushToDisk;
            WriteFile(target.Temporary, SnapshotManifest.StateFile, bytes, flush);
            byte[] json = SnapshotManifestWriter.Write(manifest, state);
            WriteFile(target.Temporary, SnapshotManifest.FileName, json, flush);
            return new VmSnapshot(target.Complete(), manifest, state, parent);
        }
        catch
        {
            tracker?.PutBack();
            throw;
        }
    }

    private static SnapshotRegion Describe(
        GuestMemoryRegion region, VmSnapshot? parent, GuestPageRange[] dirty)
    {
        if (region.Options.Backing.Storage == GuestMemoryBacking.Kind.GuestMemfd)
        {
            throw new NotSupportedException(
                $"the region {region} is guest_memfd, whose private pages nobody but the guest sees: a VM "
                + "with "
                + "such memory cannot be saved");
        }

        // Without a log of its writes all of it may have changed; as it has, where the base has none like it.
        bool isDelta = region.Options.TracksDirtyPages
            && parent?.Regions.Any(old => old.Address == region.Address && old.Size == region.Size) == true;
        return new SnapshotRegion(region.Address, region.Size, region.Options.IsReadOnly)
        {
            File = $"memory-{region.Address:x}.bin",
            Pages = isDelta
                ? [.. dirty.Select(range => Cut(range, region)).Where(range => range.Size != 0)]
                : null,
        };
    }

    // The part of a range that lies in the region: ranges go on over the border of regions that touch.
    private static GuestPageRange Cut(GuestPageRange range, GuestMemoryRegion region)
    {
        ulong first = Math.Max(range.Address, region.Address);
        ulong last = Math.Min(range.Address + (range.Size - 1), region.LastAddress);
        return first > last ? default : new GuestPageRange(first, last - first + 1);
    }

    private static void WriteMemory(
        string folder, GuestMemory memory, SnapshotManifest manifest, SnapshotOptions options,
        CancellationToken token)
    {
        ProgressCounter progress = new(manifest.Regions, options, token);
        foreach (SnapshotRegion region in manifest.Regions)
        {
            using SafeFileHandle file = File.OpenHandle(
                Path.Combine(folder, region.File), FileMode.CreateNew, FileAccess.Write);
            MemoryFile.Write(memory, region, file, progress);
            if (options.FlushToDisk)
            {
                RandomAccess.FlushToDisk(file);
            }
        }

        progress.Check();
    }

    private static void WriteFile(string folder, string name, byte[] bytes, bool flush)
    {
        using SafeFileHandle file = File.OpenHandle(
            Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        if (flush)
        {
            RandomAccess.FlushToDisk(file);
        }
    }

    private static string RelativePath(string folder, VmSnapshot parent) =>
        Path.GetRelativePath(Path.GetFullPath(folder), parent.Folder);

    private static void CheckIsNoBase(string folder, VmSnapshot? parent)
    {
        for (VmSnapshot? each = parent; each is not null; each = each.Base)
        {
            if (each.Folder == Path.TrimEndingDirectorySeparator(folder))
            {
                throw new ArgumentException(
                    $"{folder} is a snapshot that the new one builds on; save to another "
                    + "folder", nameof(folder));
            }
        }
    }
}
