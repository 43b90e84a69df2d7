using System.Diagnostics;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>States and snapshots that somebody made up; none of it takes KVM.</summary>
public sealed class HostileStateTests : IDisposable
{
    private const int Page = 4096;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-hostile-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Parse_ofMoreSectionsThanAnyStateHas_isRefusedBeforeTheyAreRead()
    {
        const uint Count = 300_000;
        StateSections sections = new(StateKind.Vm, KvmHost.Architecture);
        for (uint i = 0; i < Count; i++)
        {
            sections.Add(StateSection.Vcpu, [], i);
        }

        byte[] bytes = StateFormat.Write(sections);
        long before = GC.GetAllocatedBytesForCurrentThread();
        StateException e = Assert.Throws<StateException>(() => VmState.Parse(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Equal(
            "the saved state speaks of 300,000 sections, more than it has room for, or than any has", e.Message);
    }

    [Fact]
    public void Parse_ofASectionThatIsThereTwice_isRefused()
    {
        StateSections sections = new(StateKind.Vcpu, KvmHost.Architecture);
        sections.Add(StateSection.VcpuId, 0u);
        sections.Add(StateSection.VcpuId, 0u, instance: 1);
        byte[] bytes = StateFormat.Write(sections);
        bytes[StateFormat.HeaderSize + StateFormat.EntrySize + sizeof(uint)] = 0;
        uint sum = Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, 20)), bytes.AsSpan(24));
        BitConverter.TryWriteBytes(bytes.AsSpan(20), Crc32C.Finish(sum));

        Assert.Contains(
            "is unknown or there twice", Assert.Throws<StateException>(() => VcpuState.Parse(bytes)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("state.bin")]
    public void Open_ofAPipeInTheFolder_isRefusedAndDoesNotWait(string file)
    {
        Save();
        File.Delete(In(file));
        using (Process process = Process.Start("mkfifo", In(file)))
        {
            process.WaitForExit();
        }

        Assert.Equal(
            $"{In(file)} is no regular file, as those of a snapshot are: take it from where the snapshot was made",
            Assert.Throws<StateException>(() => VmSnapshot.Open(folder)).Message);
    }

    [Theory]
    [InlineData("manifest.json", "/dev/zero")]
    [InlineData("state.bin", "/dev/zero")]
    [InlineData("state.bin", "memory.bin")]
    public void Open_ofALinkInTheFolder_isRefused(string file, string target)
    {
        Save();
        File.Delete(In(file));
        File.CreateSymbolicLink(In(file), target);

        Assert.StartsWith(
            $"{In(file)} is a symbolic link, which no file of a snapshot is",
            Assert.Throws<StateException>(() => VmSnapshot.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_ofMemoryThatIsALinkToAFileOfTheUsers_isRefused()
    {
        Save();
        string secret = In("secret");
        File.Move(In("memory.bin"), secret);
        File.CreateSymbolicLink(In("memory.bin"), secret);
        using GuestMemory memory = new();

        Assert.Contains(
            "memory.bin",
            Assert.Throws<StateException>(() => VmSnapshot.Open(folder).RestoreMemory(memory)).Message,
            StringComparison.Ordinal);
        Assert.Empty(memory.Regions);
    }

    [Theory]
    [InlineData("\"file\": \"memory.bin\"", "\"file\": \"a\\u001b[2Jb\"", "\"a?[2Jb\" is no name of a file")]
    [InlineData("\"version\": 2", "\"version\": f\n\n", "is no JSON from line 3, byte ")]
    [InlineData(
        "\"memory\"",
        "\"base\": {\"folder\": \"a\\u0000b\", \"id\": \"11111111-2222-3333-4444-555555555555\"}, \"memory\"",
        "its \"folder\" is \"a?b\", and no folder's name")]
    [InlineData("\"address\": \"0x0\"", "\"address\": \"0x\\n\"", "is \"0x?\", and no number such as 0x1000")]
    public void Open_ofAManifestWithControlCharacters_saysItInOneCleanSentence(
        string text, string other, string sentence)
    {
        Save();
        string manifest = File.ReadAllText(In("manifest.json"));
        Assert.Contains(text, manifest, StringComparison.Ordinal);
        File.WriteAllText(In("manifest.json"), manifest.Replace(text, other, StringComparison.Ordinal));

        string message = Assert.Throws<StateException>(() => VmSnapshot.Open(folder)).Message;

        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
    }

    [Fact]
    public void Open_ofAManifestWithALongText_showsItsStart()
    {
        Save();
        string manifest = File.ReadAllText(In("manifest.json"));
        string longAddress = $"\"address\": \"{new string('x', 100_000)}\"";
        File.WriteAllText(
            In("manifest.json"),
            manifest.Replace("\"address\": \"0x0\"", longAddress, StringComparison.Ordinal));

        string message = Assert.Throws<StateException>(() => VmSnapshot.Open(folder)).Message;

        Assert.InRange(message.Length, 100, 500);
    }

    private void Save()
    {
        StateSections vcpu = new(StateKind.Vcpu, KvmHost.Architecture);
        vcpu.Add(StateSection.VcpuId, 0u);
        StateSections vm = new(StateKind.Vm, KvmHost.Architecture);
        vm.Add(StateSection.Vcpu, StateFormat.Write(vcpu));
        byte[] state = StateFormat.Write(vm);
        SnapshotManifest manifest = new()
        {
            Id = Guid.NewGuid(),
            PageSize = Environment.SystemPageSize,
            StateSum = Crc32C.Of(state),
            Regions = [new SnapshotRegion(0, 16 * Page, false) { File = "memory.bin" }],
        };
        File.WriteAllBytes(In("state.bin"), state);
        File.WriteAllBytes(In("manifest.json"), SnapshotManifestWriter.Write(manifest, VmState.Parse(state)));
        File.WriteAllBytes(In("memory.bin"), new byte[16 * Page]);
        VmSnapshot.Open(folder);
    }

    private string In(string file) => Path.Combine(folder, file);
}
