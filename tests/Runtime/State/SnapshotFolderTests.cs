using KvmInterop.Native;
using KvmInterop.Tests.SnapshotGuest;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>Snapshots as folders: whole, damaged, foreign.</summary>
public sealed class SnapshotFolderTests : IDisposable
{
    private static readonly SnapshotOptions Fast = new() { FlushToDisk = false };

    private readonly string folder =
        Directory.CreateTempSubdirectory("kvminterop-snapshots-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(SnapshotMemory.Read)]
    [InlineData(SnapshotMemory.CopyOnWrite)]
    public void Memory_savedAndRestored_isTheSame(SnapshotMemory how)
    {
        using X64Machine machine = new();
        ulong page = (ulong)Environment.SystemPageSize;
        machine.Vm.AddMemory(1ul << 32, 4 * page, new GuestMemoryOptions { IsReadOnly = true });
        machine.Vm.Memory.Write(0x2345, "low"u8);
        machine.Vm.Memory.Write((1ul << 32) + (4 * page) - 4, "high"u8);

        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        VmSnapshot snapshot = VmSnapshot.Open(Path("a"));
        using GuestMemory memory = new();
        snapshot.RestoreMemory(memory, how);

        Assert.Equal(
            [(0ul, X64Machine.MemorySize, false), (1ul << 32, 4 * page, true)],
            memory.Regions.Select(each => (each.Address, each.Size, each.Options.IsReadOnly)));
        foreach (GuestMemoryRegion region in memory.Regions)
        {
            Assert.Equal(Bytes(machine.Vm.Memory, region), Bytes(memory, region));
        }

        // What is written to the copy is not in the file.
        memory.Write(0x2345, "new"u8);
        using GuestMemory again = new();
        snapshot.RestoreMemory(again, how);
        Assert.Equal((byte)'l', again.Read<byte>(0x2345));
        Assert.Equal(["a"], Names());
    }

    [SkippableFact]
    public void Increments_restoredInAChain_haveEachChange()
    {
        using X64Machine machine = new();
        GuestMemory memory = machine.Vm.Memory;
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();
        memory.Write(0x1000, 1);
        memory.Write(0x2000, 1);
        memory.Write(0x3000, 1);
        VmSnapshot full = VmSnapshot.Save(
            Path("full"), machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);
        memory.Write(0x2000, 2);
        memory.Fill(0x3000, 0x1000, 0);
        VmSnapshot first = VmSnapshot.SaveIncremental(
            Path("first"), full, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);
        ulong page = (ulong)Environment.SystemPageSize;
        machine.Vm.AddMemory(1ul << 32, page);
        memory.Write(1ul << 32, 3);
        memory.Write(0x2004, 3);
        VmSnapshot.SaveIncremental(
            Path("second"), first, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);

        VmSnapshot second = VmSnapshot.Open(Path("second"));
        Assert.Equal([new GuestPageRange(0x2000, page)], second.Regions[0].Pages);
        Assert.Null(second.Regions[1].Pages);
        Assert.Equal([new GuestPageRange(0x2000, 2 * page)], second.Base?.Regions[0].Pages);
        Assert.Equal(full.Folder, second.Base?.Base?.Folder);
        foreach (SnapshotMemory how in Enum.GetValues<SnapshotMemory>())
        {
            using GuestMemory restored = new();
            second.RestoreMemory(restored, how);
            Assert.All(
                restored.Regions, region => Assert.Equal(Bytes(memory, region), Bytes(restored, region)));
            Assert.Equal(
                (1, 2, 3, 0, 3),
                (restored.Read<int>(0x1000), restored.Read<int>(0x2000), restored.Read<int>(0x2004),
                restored.Read<int>(0x3000), restored.Read<int>(1ul << 32)));
        }
    }

    [SkippableFact]
    public void Increment_whoseBaseIsAnother_isRefused()
    {
        using X64Machine machine = new();
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();
        VmSnapshot full = VmSnapshot.Save(
            Path("full"), machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);
        VmSnapshot.SaveIncremental(
            Path("first"), full, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);
        Assert.Throws<ArgumentException>(() => VmSnapshot.SaveIncremental(
            Path("full"), full, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast));

        machine.Vcpu.SetMsr(0xc0000081, 99);
        VmSnapshot.Save(Path("full"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        string replaced = Refusal(() => VmSnapshot.Open(Path("first")));
        Directory.Delete(Path("full"), recursive: true);
        string gone = Refusal(() => VmSnapshot.Open(Path("first")));

        Assert.Equal(
            $"{Path("full")} is not the snapshot that {Path("first")} was made from: it was replaced since",
            replaced);
        Assert.Equal(
            $"the base of the snapshot {Path("first")} cannot be used: there is no snapshot {Path("full")}",
            gone);
    }

    [SkippableFact]
    public void Increment_thatFails_forgetsNoPage()
    {
        using X64Machine machine = new();
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();
        using CancellationTokenSource cancelled = new();
        VmSnapshot full = VmSnapshot.Save(
            Path("full"), machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);
        machine.Vm.Memory.Write(0x5000, 1);
        cancelled.Cancel();

        Assert.Throws<OperationCanceledException>(() => VmSnapshot.SaveIncremental(
            Path("first"), full, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast, cancelled.Token));
        VmSnapshot again = VmSnapshot.SaveIncremental(
            Path("first"), full, machine.Kvm, machine.Vm, machine.Vcpus, tracker, Fast);

        Assert.Equal(
            [new GuestPageRange(0x5000, (ulong)Environment.SystemPageSize)], again.Regions[0].Pages);
    }

    [SkippableFact]
    public void Save_withAReader_tellsOfAllBytes()
    {
        using X64Machine machine = new();
        List<SnapshotProgress> seen = [];

        VmSnapshot.Save(
            Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast with { Progress = seen.Add });

        Assert.Equal(new SnapshotProgress(X64Machine.MemorySize, X64Machine.MemorySize), seen[^1]);
    }

    [SkippableFact]
    public void Save_cancelled_leavesNothingAndKeepsTheOld()
    {
        using X64Machine machine = new();
        using CancellationTokenSource cancelled = new();
        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);

        Assert.Throws<OperationCanceledException>(() => VmSnapshot.Save(
            Path("a"), machine.Kvm, machine.Vm, machine.Vcpus,
            options: Fast with { Progress = _ => cancelled.Cancel() }, token: cancelled.Token));

        Assert.Equal(["a"], Names());
        VmSnapshot.Open(Path("a"));
    }

    [SkippableFact]
    public void Save_overASnapshot_replacesItUnderThoseWhoHaveItMapped()
    {
        using X64Machine machine = new();
        machine.Vm.Memory.Write(0x1000, 1);
        VmSnapshot first = VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        using GuestMemory mapped = new();
        first.RestoreMemory(mapped);
        machine.Vm.Memory.Write(0x1000, 2);

        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);

        using GuestMemory second = new();
        VmSnapshot.Open(Path("a")).RestoreMemory(second);
        Assert.Equal((1, 2), (mapped.Read<int>(0x1000), second.Read<int>(0x1000)));
    }

    [SkippableFact]
    public void Save_overWhatIsNoSnapshot_leavesIt()
    {
        using X64Machine machine = new();
        Directory.CreateDirectory(Path("foreign"));
        File.WriteAllText(Path("foreign/letter"), "dear");
        File.WriteAllText(Path("file"), "");
        Directory.CreateDirectory(Path("empty"));

        Assert.Equal(
            $"{Path("foreign")} has files that are no snapshot, and stays as it is: choose another name or "
            + "an "
            + "empty folder",
            Refusal(() => VmSnapshot.Save(Path("foreign"), machine.Kvm, machine.Vm, machine.Vcpus)));
        Assert.Equal(
            $"{Path("file")} is a file, and a snapshot is a folder: choose another name",
            Refusal(() => VmSnapshot.Save(Path("file"), machine.Kvm, machine.Vm, machine.Vcpus)));
        VmSnapshot.Save(Path("empty"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        Assert.Equal("dear", File.ReadAllText(Path("foreign/letter")));
        Assert.Equal(["empty", "file", "foreign"], Names());
    }

    [SkippableFact]
    public void Open_ofWhatIsMissing_saysWhat()
    {
        using X64Machine machine = new();
        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        Assert.Equal($"there is no snapshot {Path("b")}", Refusal(() => VmSnapshot.Open(Path("b"))));
        foreach (string file in (string[])["manifest.json", "state.bin", "memory-0.bin"])
        {
            File.Move(Path($"a/{file}"), Path("kept"));
            string missing = Refusal(() => VmSnapshot.Open(Path("a")));
            Assert.Contains(file, missing, StringComparison.Ordinal);
            File.Move(Path("kept"), Path($"a/{file}"));
        }

        VmSnapshot.Open(Path("a"));
    }

    [SkippableFact]
    public void Restore_ofAFileThatChangedSinceOpen_saysSo()
    {
        using X64Machine machine = new();
        VmSnapshot snapshot = VmSnapshot.Save(
            Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        using GuestMemory memory = new();
        using GuestMemory other = new();
        using (FileStream file = File.OpenWrite(Path("a/memory-0.bin")))
        {
            file.SetLength(100);
        }

        Assert.Contains(
            "has 100 bytes and not 65,536: it was changed "
            + "since", Refusal(() => snapshot.RestoreMemory(memory)),
            StringComparison.Ordinal);
        File.Delete(Path("a/memory-0.bin"));
        Assert.Contains(
            "is gone since", Refusal(() => snapshot.RestoreMemory(other)), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => snapshot.RestoreMemory(machine.Vm.Memory));
    }

    [SkippableTheory]
    [InlineData("KvmInterop snapshot", "Other", "is no snapshot of KvmInterop: its manifest is another")]
    [InlineData("\"version\": 2", "\"version\": 1", "has version 1 of the format, and this library reads")]
    [InlineData("\"version\": 2", "\"version\": \"1\"", "is damaged")]
    [InlineData("\"version\": 2", "\"version\": 1e99", "is damaged")]
    [InlineData("\"pageSize\": 4096", "\"pageSize\": 12345", "is of a host with pages of 12345 bytes")]
    [InlineData("\"stateCrc32c\": \"0x", "\"stateCrc32c\": \"0x1", "has more than 32 bits")]
    [InlineData("\"id\": \"", "\"id\": \"0", "and no GUID")]
    [InlineData("\"memory\"", "\"memories\"", "it lacks \"memory\"")]
    [InlineData("\"address\": \"0x0\"", "\"address\": \"0x1\"", "are no region of memory")]
    [InlineData("\"address\": \"0x0\"", "\"address\": \"-1\"", "is \"-1\", and no number such as 0x1000")]
    [InlineData("\"address\": \"0x0\"", "\"address\": null", "\"address\" is null")]
    [InlineData("\"size\": \"0x10000\"", "\"size\": \"0xfffffffffffff000\"", "are no region of memory")]
    [InlineData("\"size\": \"0x10000\"", "\"size\": \"0x20000\"", "has 65,536 bytes and not 131,072")]
    [InlineData("memory-0.bin", "../state.bin", "is no name of a file in its folder")]
    [InlineData("memory-0.bin", "..", "is no name of a file in its folder")]
    [InlineData("\"readOnly\": false", "\"readOnly\": 3", "is damaged")]
    [InlineData("\"readOnly\": false", "\"readOnly\": false, \"pages\": []", "and the snapshot no base")]
    [InlineData(
        "\"memory\"", "\"base\": {\"folder\": \".\", \"id\": \"00000000-0000-0000-0000-000000000000\"}, "
        + "\"memory\"", "build on each")]
    [InlineData("{", "", "is damaged")]
    public void Open_ofAManifestThatIsChanged_saysWhat(string text, string other, string sentence)
    {
        using X64Machine machine = new();
        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        string manifest = File.ReadAllText(Path("a/manifest.json"));
        Assert.Contains(text, manifest, StringComparison.Ordinal);
        int at = manifest.IndexOf(text, StringComparison.Ordinal);
        File.WriteAllText(Path("a/manifest.json"), manifest[..at] + other + manifest[(at + text.Length)..]);

        Assert.Contains(sentence, Refusal(() => VmSnapshot.Open(Path("a"))), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Open_withAnotherSnapshotsState_saysSo()
    {
        using X64Machine machine = new();
        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        machine.Vcpu.SetMsr(0xc0000081, 99);
        VmSnapshot other = VmSnapshot.Save(
            Path("b"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);

        File.Copy(Path("b/state.bin"), Path("a/state.bin"), overwrite: true);

        Assert.Contains(
            "another snapshot's: its CRC-32C is not", Refusal(() => VmSnapshot.Open(Path("a"))),
            StringComparison.Ordinal);
        Assert.Equal(other.Id, VmSnapshot.Open(Path("b")).Id);
    }

    [SkippableFact]
    public void Open_ofFilesWithBitsChangedOrCutOff_isRefusedOrDone()
    {
        using X64Machine machine = new();
        VmSnapshot.Save(Path("a"), machine.Kvm, machine.Vm, machine.Vcpus, options: Fast);
        Random random = new(4713);
        for (int i = 0; i < 300; i++)
        {
            string file = Path(i % 3 == 0 ? "a/state.bin" : "a/manifest.json");
            byte[] bytes = File.ReadAllBytes(file);
            byte[] changed = [.. bytes];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, i % 5 == 0 ? changed[..random.Next(changed.Length)] : changed);

            Exception? e = Record.Exception(() => VmSnapshot.Open(Path("a")));

            // A manifest may change in what nobody looks at.
            Assert.True(e is StateException || (e is null && i % 3 != 0), $"{e}");
            File.WriteAllBytes(file, bytes);
        }

        VmSnapshot.Open(Path("a"));
    }

    [SkippableFact]
    public void Snapshot_restoredManyTimesAtOnce_staysAsItIs()
    {
        // Each has a timer that ticks a hundred times a second from when it is restored.
        int count = Requires.IsEmulatedMachine ? 10 : 100;
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using (GuestVm guest = ChecksumGuest.Create(kvm, rounds: 1))
        {
            VmSnapshot.Save(Path("a"), kvm, guest.Vm, [guest.Vcpu], options: Fast);
        }

        byte[] before = File.ReadAllBytes(Path("a/memory-0.bin"));
        VmSnapshot snapshot = VmSnapshot.Open(Path("a"));
        List<GuestVm> forks = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                forks.Add(GuestVm.Restore(kvm, snapshot, SnapshotMemory.CopyOnWrite));
                forks[i].Vm.Memory.Write(ChecksumGuest.Data, i);
            }

            uint[] results = [.. forks.Select(fork => fork.RunToResult())];

            IEnumerable<uint> expected =
                Enumerable.Range(0, count).Select(i => ChecksumGuest.Expected(rounds: 1, first: (uint)i));
            Assert.Equal(expected, results);
            Assert.Equal(before, File.ReadAllBytes(Path("a/memory-0.bin")));
        }
        finally
        {
            forks.ForEach(fork => fork.Dispose());
        }
    }

    private static byte[] Bytes(GuestMemory memory, GuestMemoryRegion region)
    {
        byte[] bytes = new byte[region.Size];
        memory.Read(region.Address, bytes);
        return bytes;
    }

    private static string Refusal(Action action) => Assert.Throws<StateException>(action).Message;

    private string Path(string name) => System.IO.Path.Combine(folder, name);

    private string[] Names() =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(System.IO.Path.GetFileName).Order()!];
}
