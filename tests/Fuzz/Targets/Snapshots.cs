using System.Text;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Targets for what is read of a snapshot.</summary>
internal static class Snapshots
{
    public static FuzzTarget Manifest(string name)
    {
        byte[] state = SnapshotFiles.State();
        byte[][] good = [SnapshotFiles.Manifest(state), SnapshotFiles.Increment(state)];
        return new BytesTarget(
            name, random => SnapshotFiles.SpoilText(random.Pick<byte[]>(good), random),
            input => new SnapshotManifestReader("folder").Read(input));
    }

    public static FuzzTarget PcDevices(string name)
    {
        byte[] good = SnapshotFiles.PcDevices();
        return new BytesTarget(
            name, random => Mutator.Spoil(good, random, 64), input => PcSnapshot.Parse(input));
    }

    public static FuzzTarget Arm64Devices(string name)
    {
        byte[] good = SnapshotFiles.Arm64Devices();
        return new BytesTarget(
            name, random => Mutator.Spoil(good, random, 64), input => Arm64Snapshot.Parse(input));
    }

    /// <summary>Bytes that are read, or refused by a <see cref="StateException"/>.</summary>
    private sealed class BytesTarget(string name, Func<FuzzRandom, byte[]> make, Action<byte[]> read)
        : FuzzTarget(name)
    {
        public override byte[] Make(FuzzRandom random) => make(random);

        public override bool Run(byte[] input)
        {
            try
            {
                read(input);
                return true;
            }
            catch (StateException e)
            {
                StateCheck.CheckSentence(e.Message);
                return false;
            }
        }
    }
}

/// <summary>
/// A machine's folder on the disk, with a base, in which anything is changed: files spoilt, cut, gone, others in
/// their place, links, pipes. What is opened all the same has its memory restored.
/// </summary>
internal sealed class SnapshotFolders : FuzzTarget
{
    private const string Increment = "saved/vm";
    private const string Full = "saved/base";

    private readonly string folder;
    private readonly Dictionary<string, byte[]> good;

    public SnapshotFolders(string name)
        : base(name)
    {
        folder = Directory.CreateTempSubdirectory($"kvm-fuzz-{name}-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        byte[] state = SnapshotFiles.State();
        byte[] memory = new byte[SnapshotFiles.Sizes[0]];
        memory[0] = memory[^1] = 1;
        good = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["saved/devices.bin"] = SnapshotFiles.PcDevices(),
            [$"{Increment}/manifest.json"] = SnapshotFiles.Increment(state),
            [$"{Increment}/state.bin"] = state,
            [$"{Increment}/memory-0.bin"] = memory,
            [$"{Increment}/memory-1.bin"] = memory[..(int)SnapshotFiles.Sizes[1]],
            [$"{Full}/manifest.json"] = SnapshotFiles.Manifest(state),
            [$"{Full}/state.bin"] = state,
            [$"{Full}/memory-0.bin"] = memory,
            [$"{Full}/memory-1.bin"] = memory[..(int)SnapshotFiles.Sizes[1]],
        };
        Directory.CreateDirectory(Path.Combine(folder, Increment));
        Directory.CreateDirectory(Path.Combine(folder, Full));
        foreach (string file in good.Keys)
        {
            PutBack(file);
        }
    }

    // One change a number: which file, and what of it; then what it gets.
    public override byte[] Make(FuzzRandom random)
    {
        int file = random.Below(good.Count);
        byte[] content = good.ElementAt(file).Value;
        int how = random.Below(16);
        byte[] spoilt = how > 4 && good.ElementAt(file).Key.EndsWith(".json", StringComparison.Ordinal)
            ? SnapshotFiles.SpoilText(content, random)
            : how > 4 ? Mutator.Spoil(content, random, 128) : [(byte)random.Below(5)];
        return [(byte)file, (byte)how, .. spoilt];
    }

    public override bool Run(byte[] input)
    {
        string file = good.ElementAt(input[0] % good.Count).Key;
        try
        {
            Change(Path.Combine(folder, file), input[1], input[2..]);
            return Open();
        }
        finally
        {
            PutBack(file);
        }
    }

    private bool Open()
    {
        try
        {
            PcSnapshot snapshot = PcSnapshot.Open(Path.Combine(folder, "saved"));
            foreach (SnapshotMemory how in (SnapshotMemory[])[SnapshotMemory.CopyOnWrite, SnapshotMemory.Read])
            {
                using GuestMemory memory = new();
                snapshot.Vm.RestoreMemory(memory, how);
                memory.Read<byte>(0);
            }

            return true;
        }
        catch (StateException e)
        {
            StateCheck.CheckSentence(e.Message);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As documented: a file that cannot be read.
            Tally.Add("files that could not be read");
            return false;
        }
    }

    private static void Change(string path, int how, byte[] content)
    {
        if (how > 4)
        {
            File.WriteAllBytes(path, content);
            return;
        }

        File.Delete(path);
        switch (how)
        {
            case 0:
                break;
            case 1:
                Directory.CreateDirectory(path);
                break;
            case 2:
                File.CreateSymbolicLink(path, (content[0] % 5) switch
                {
                    0 => "/dev/zero",
                    1 => "manifest.json",
                    2 => "nowhere",
                    3 => "../base/state.bin",
                    _ => ".",
                });
                break;
            case 3:
                Pipes.Make(path);
                break;
            default:
                // Any size, and nothing on the disk for it.
                using (FileStream file = File.Create(path))
                {
                    file.SetLength(1L << ((int[])[0, 12, 20, 41, 42])[content[0] % 5]);
                }

                break;
        }
    }

    private void PutBack(string file)
    {
        string path = Path.Combine(folder, file);
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }

        File.WriteAllBytes(path, good[file]);
    }
}
