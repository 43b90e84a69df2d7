using KvmInterop.Machine.Machines;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>The folder of a saved machine: what can be told of it without a KVM.</summary>
public sealed class MachineSnapshotTests : IDisposable
{
    private readonly string parent = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    private string Folder => Path.Combine(parent, "saved");

    public void Dispose() => Directory.Delete(parent, recursive: true);

    [Fact]
    public void Open_ofAnotherKindOfMachine_saysWhich()
    {
        WriteDevices(PcSnapshot.Write(new PcMachineOptions(), []));

        Assert.Contains(
            "'pc-machine' and not of 'arm64-machine'",
            Assert.Throws<StateException>(() => Arm64Snapshot.Open(Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ofAnArm64MachineCutOff_saysSo()
    {
        byte[] whole = Arm64Snapshot.Write(new Arm64MachineOptions(), []);
        for (int length = 0; length < whole.Length; length++)
        {
            WriteDevices(whole[..length]);
            Assert.Throws<StateException>(() => Arm64Snapshot.Open(Folder));
        }

        // Whole, but without what KVM has of it.
        WriteDevices(whole);
        Assert.Contains(
            "there is no snapshot", Assert.Throws<StateException>(() => Arm64Snapshot.Open(Folder)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256UL << 20, 0)]
    [InlineData(256UL << 20, 100_000)]
    [InlineData((256UL << 20) + 1, 1)]
    [InlineData(0UL, 1)]
    public void Open_ofAnArm64MachineThatCannotBe_saysSo(ulong memory, int cpus)
    {
        Arm64MachineOptions options = new() { MemorySize = memory, Cpus = cpus };
        WriteDevices(Arm64Snapshot.Write(options, []));

        Assert.Contains(
            "no machine has", Assert.Throws<StateException>(() => Arm64Snapshot.Open(Folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Replace_thatFails_leavesWhatWasThere()
    {
        WriteDevices([1, 2, 3]);

        Assert.Throws<IOException>(() => MachineFolder.Replace(Folder, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "");
            throw new IOException("the disk is full");
        }));

        Assert.Equal([Folder], Directory.GetFileSystemEntries(parent));
        Assert.Equal([1, 2, 3], MachineFolder.ReadDevices(Folder));
    }

    [Fact]
    public void Replace_ofASnapshot_takesItsPlace()
    {
        WriteDevices([1]);

        MachineFolder.Replace(
            Folder, temporary => File.WriteAllBytes(Path.Combine(temporary, MachineFolder.Devices), [2]));

        Assert.Equal([Folder], Directory.GetFileSystemEntries(parent));
        Assert.Equal([2], MachineFolder.ReadDevices(Folder));
    }

    [Fact]
    public void Replace_ofSomethingElse_isRefused()
    {
        Directory.CreateDirectory(Folder);
        string mine = Path.Combine(Folder, "mine");
        File.WriteAllText(mine, "");

        Assert.Contains(
            "name another folder",
            Assert.Throws<StateException>(() => MachineFolder.Replace(Folder, _ => { })).Message,
            StringComparison.Ordinal);
        Assert.Throws<StateException>(() => MachineFolder.Replace(mine, _ => { }));
        Assert.Equal([mine], Directory.GetFileSystemEntries(Folder));
    }

    private void WriteDevices(byte[] bytes)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, MachineFolder.Devices), bytes);
    }
}
