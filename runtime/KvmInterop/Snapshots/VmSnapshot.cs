using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A VM's state and memory in a folder: from there it goes on in another process, as often as wanted.
/// </summary>
/// <remarks>
/// <para>The folder has <c>manifest.json</c>, which tells the rest; <c>state.bin</c>, the
/// <see cref="VmState"/>; and a file for each region of memory, in which pages of zeros are holes. An
/// incremental snapshot has only the pages that changed since another one, its base, which must stay where it
/// is.</para>
/// <para>The state is protected by a checksum, the memory by its size only. Everything in a folder is looked
/// at before it is used, and no symbolic link is followed to a file outside of it, so a folder may come from
/// anybody; what runs in the VM afterwards is then anybody's,
/// too.</para>
/// <para>Immutable, so safe for any thread.</para>
/// </remarks>
public sealed partial class VmSnapshot
{
    // More than anybody restores from in reasonable time; it also ends chains that were made up.
    private const int MostBases = 64;
    private const long MostStateBytes = 1L << 30;

    private readonly SnapshotManifest manifest;

    private VmSnapshot(string folder, SnapshotManifest manifest, VmState state, VmSnapshot? parent)
    {
        Folder = folder;
        this.manifest = manifest;
        State = state;
        Base = parent;
    }

    /// <summary>The folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>This snapshot's own: what is saved under the same name later has another.</summary>
    public Guid Id => manifest.Id;

    /// <summary>The kernel's state of the VM.</summary>
    public VmState State { get; }

    /// <summary>The regions of memory, by rising address.</summary>
    public IReadOnlyList<SnapshotRegion> Regions => manifest.Regions;

    /// <summary>What an incremental snapshot builds on; null for a full one.</summary>
    public VmSnapshot? Base { get; }

    /// <summary>Reads a snapshot's manifest and state, and those of its bases.</summary>
    /// <param name="folder">What <see cref="Save"/> or <see cref="SaveIncremental"/> was given.</param>
    /// <exception cref="StateException">It is no snapshot, or it is damaged, incomplete, of another version,
    /// architecture or page size, or its base is not the one it was made from.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static VmSnapshot Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Open(folder, MostBases);
    }

    /// <summary>Sets a VM's kernel state: <see cref="VmState.Restore"/> of <see cref="State"/>.</summary>
    /// <remarks>After <see cref="RestoreMemory"/>.</remarks>
    /// <inheritdoc cref="VmState.Restore"/>
    public void RestoreState(Kvm kvm, Vm vm, params ReadOnlySpan<Vcpu> vcpus) =>
        State.Restore(kvm, vm, vcpus);

    private static VmSnapshot Open(string folder, int basesLeft)
    {
        string full = Path.GetFullPath(folder);
        byte[] bytes = ReadFile(full, SnapshotManifest.FileName, SnapshotManifestReader.MostBytes);
        SnapshotManifest manifest = new SnapshotManifestReader(full).Read(bytes);
        byte[] stateBytes = ReadFile(full, SnapshotManifest.StateFile, MostStateBytes);
        if (Crc32C.Of(stateBytes) != manifest.StateSum)
        {
            throw new StateException(
                $"{SnapshotManifest.StateFile} of the snapshot {full} is damaged, or another snapshot's: its "
                + "CRC-32C is not the manifest's");
        }

        VmState state = VmState.Parse(stateBytes);
        VcpuState.CheckArchitecture(state.Architecture);
        CheckRegions(full, manifest);
        VmSnapshot? parent = manifest.BaseFolder is string folderOfBase
            ? OpenBase(full, folderOfBase, manifest.BaseId!.Value, basesLeft)
            : null;
        VmSnapshot snapshot = new(full, manifest, state, parent);
        foreach (SnapshotRegion region in manifest.Regions)
        {
            snapshot.FilesOf(region);
        }

        return snapshot;
    }

    private static VmSnapshot OpenBase(string folder, string folderOfBase, Guid wanted, int basesLeft)
    {
        if (basesLeft == 0)
        {
            throw new StateException(
                $"the snapshot {folder} is the last of more than {MostBases} that build on each other: make "
                + "a "
                + "full one in between");
        }

        VmSnapshot parent;
        try
        {
            parent = Open(Path.Combine(folder, folderOfBase), basesLeft - 1);
        }
        catch (StateException e) when (basesLeft == MostBases)
        {
            throw new StateException($"the base of the snapshot {folder} cannot be used: {e.Message}", e);
        }

        return parent.Id == wanted
            ? parent
            : throw new StateException(
                $"{parent.Folder} is not the snapshot that {folder} was made from: it was replaced since");
    }

    private static byte[] ReadFile(string folder, string name, long most)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            throw new StateException(
                Directory.Exists(folder)
                    ? $"{folder} is no snapshot, or not a whole one: it has no {name}"
                    : $"there is no snapshot {folder}");
        }

        return SnapshotFile.ReadAll(path, most);
    }

    private static void CheckRegions(string folder, SnapshotManifest manifest)
    {
        SnapshotRegion? before = null;
        foreach (SnapshotRegion region in manifest.Regions)
        {
            if (before is not null && region.Address - before.Address < before.Size
                || region.Address < before?.Address)
            {
                throw new StateException(
                    $"the regions at 0x{before!.Address:x} and 0x{region.Address:x} of the snapshot {folder} "
                    + "overlap, or stand in the wrong order");
            }

            FileInfo file = new(Path.Combine(folder, region.File));
            if (!file.Exists || (ulong)file.Length != region.Size)
            {
                string what = file.Exists
                    ? $"has {file.Length:#,0} bytes and not {region.Size:#,0}"
                    : "is missing";
                throw new StateException(
                    $"the memory file {region.File} of the snapshot {folder} {what}: take it from where the "
                    + "snapshot was made");
            }

            before = region;
        }
    }
}
