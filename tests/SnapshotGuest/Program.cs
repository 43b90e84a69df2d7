using KvmInterop;
using KvmInterop.Tests.SnapshotGuest;

// A process that has never seen the guests it runs: for each folder it restores the snapshot into a VM of its
// own, runs it to its end, and prints the result and the folder.
if (args is not ["read" or "map", _, ..])
{
    Console.Error.WriteLine("usage: SnapshotGuest read|map FOLDER...");
    return 2;
}

SnapshotMemory how = args[0] == "read" ? SnapshotMemory.Read : SnapshotMemory.CopyOnWrite;
using Kvm kvm = Kvm.Open();
foreach (string folder in args.Skip(1))
{
    using GuestVm guest = GuestVm.Restore(kvm, VmSnapshot.Open(folder), how);
    Console.WriteLine($"{guest.RunToResult():x8} {folder}");
}

return 0;
