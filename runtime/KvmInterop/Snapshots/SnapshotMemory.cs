namespace KvmInterop;

/// <summary>How a snapshot's memory comes into a new VM.</summary>
public enum SnapshotMemory
{
    /// <summary>
    /// The file is mapped, and a page is copied when the guest writes to it: starts at once, any number of
    /// VMs share what they only read, and the file does not change. It must stay as it is while they run;
    /// replacing or deleting the folder is fine.
    /// </summary>
    CopyOnWrite,

    /// <summary>The file is read into memory of the VM's own, and not needed afterwards.</summary>
    Read,
}
