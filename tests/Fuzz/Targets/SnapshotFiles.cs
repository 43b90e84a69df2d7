using System.Text;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>The files of a snapshot that is right: a machine of two regions, and the same on top of a base.</summary>
internal static class SnapshotFiles
{
    private static readonly Guid BaseId = new("11111111-2222-3333-4444-555555555555");

    public static ulong PageSize { get; } = (ulong)Environment.SystemPageSize;

    /// <summary>Bytes of the two regions' files.</summary>
    public static ulong[] Sizes { get; } = [4 * PageSize, PageSize];

    /// <summary>A state with one vCPU, which has its number and nothing else.</summary>
    public static byte[] State()
    {
        StateSections vcpu = new(StateKind.Vcpu, KvmHost.Architecture);
        vcpu.Add(StateSection.VcpuId, 0u);
        StateSections vm = new(StateKind.Vm, KvmHost.Architecture);
        vm.Add(StateSection.Vcpu, StateFormat.Write(vcpu));
        return StateFormat.Write(vm);
    }

    /// <summary>A manifest of all memory.</summary>
    public static byte[] Manifest(byte[] state) => Write(state, BaseId, null, null);

    /// <summary>A manifest of what changed since the snapshot in the folder <c>base</c> beside it.</summary>
    public static byte[] Increment(byte[] state) => Write(
        state, Guid.Empty, "../base", [new(PageSize, PageSize), new(3 * PageSize, PageSize)]);

    /// <summary>A PC's devices.</summary>
    public static byte[] PcDevices() => PcSnapshot.Write(
        new PcMachineOptions { MemorySize = 4 << 20 },
        [("serial", Devices.Serial16550().State!), ("clock", Devices.Pl031().State!)]);

    /// <summary>An arm64 machine's devices.</summary>
    public static byte[] Arm64Devices() => Arm64Snapshot.Write(
        new Arm64MachineOptions { MemorySize = 4 << 20 },
        [("serial", Devices.Pl011().State!), ("clock", Devices.Pl031().State!)]);

    /// <summary>Text that JSON readers meet, spoilt: numbers, names, nesting, other characters.</summary>
    public static byte[] SpoilText(byte[] good, FuzzRandom random)
    {
        byte[] bytes = good;
        for (int changes = 1 + random.Below(4); changes > 0; changes--)
        {
            bytes = random.OneIn(2) ? ReplaceToken(bytes, random) : Mutator.Spoil(bytes, random, bytes.Length);
        }

        return bytes;
    }

    // A word or a number of the text becomes another that is one, too.
    private static byte[] ReplaceToken(byte[] bytes, FuzzRandom random)
    {
        string text = Encoding.Latin1.GetString(bytes);
        int start = random.Below(Math.Max(1, text.Length));
        while (start < text.Length && !char.IsAsciiLetterOrDigit(text[start]))
        {
            start++;
        }

        int end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '.' or '_'))
        {
            end++;
        }

        return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, start), random.Pick(Words), text.AsSpan(end)));
    }

    private static ReadOnlySpan<string> Words => new string[]
    {
        "0", "1", "-1", "2", "4096", "65537", "2147483648", "4294967296", "9223372036854775808", "1e9", "1.5", "0x0",
        "0x1000", "0x2000", "0xfffffffffffff000", "0xffffffffffffffff", "0x10000000000000000", "0x8000000000000000",
        "null", "true", "false", "{}", "[]", "[[[[", "..", ".", "../base", "../inc", "/", "memory-0.bin", "state.bin",
        "manifest.json", "pages", "base", "id", "size", "address", "\\u0000", "\\n", "\\ud800", "\u00ff",
        "11111111-2222-3333-4444-555555555555",
    };

    private static byte[] Write(byte[] state, Guid id, string? baseFolder, GuestPageRange[]? pages) =>
        SnapshotManifestWriter.Write(
            new SnapshotManifest
            {
                Id = id,
                PageSize = (int)PageSize,
                StateSum = Crc32C.Of(state),
                BaseFolder = baseFolder,
                BaseId = baseFolder is null ? null : BaseId,
                Regions =
                [
                    new SnapshotRegion(0, Sizes[0], false) { File = "memory-0.bin", Pages = pages },
                    new SnapshotRegion(1 << 20, Sizes[1], true) { File = "memory-1.bin" },
                ],
            },
            VmState.Parse(state));
}
