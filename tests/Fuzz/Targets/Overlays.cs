using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Files that are said to be overlays of a disk: opened, read, written and closed.</summary>
internal sealed class Overlays : FuzzTarget
{
    private const int Sectors = 300;
    private const int DiskLength = Sectors * BlockImage.SectorSize;

    private readonly string path;
    private readonly byte[] good;
    private readonly byte[] data = new byte[DiskLength];

    public Overlays(string name)
        : base(name)
    {
        path = Path.Combine(Path.GetTempPath(), $"kvm-fuzz-{name}-{Environment.ProcessId}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(path);
        using (OverlayBlockImage image = OverlayBlockImage.Open(new MemoryImage(Sectors, isReadOnly: true), path))
        {
            image.Write(data.AsSpan(0, BlockImage.SectorSize), 0x1_0000);
        }

        good = File.ReadAllBytes(path);
    }

    public override byte[] Make(FuzzRandom random)
    {
        // The header and the bitmap's first bytes, and then how long the file is.
        int head = random.OneIn(2) ? 24 : 4096 + 16;
        byte[] spoilt = Mutator.Spoil(good.AsSpan(0, 4096 + 64), random, head);
        byte[] length = [(byte)random.Below(8), (byte)random.Next()];
        return [.. length, .. spoilt];
    }

    public override bool Run(byte[] input)
    {
        Write(input.AsSpan(2), input[0] switch
        {
            0 => input.Length - 2,
            1 => input[1] * 1024,
            2 => good.Length - input[1],
            _ => good.Length,
        });
        try
        {
            using OverlayBlockImage image = OverlayBlockImage.Open(new MemoryImage(Sectors, isReadOnly: true), path);
            image.Read(data, 0);
            image.Write(data.AsSpan(0, 3 * BlockImage.SectorSize), DiskLength - (3 * BlockImage.SectorSize));
            image.WriteZeroes(0x8000, 0x1_0000, mayUnmap: true);
            image.Discard(0, DiskLength);
            image.Flush();
            return image.Length == DiskLength
                ? true
                : throw new FuzzFailureException($"the disk has {image.Length:#,0} bytes");
        }
        catch (IOException e)
        {
            StateCheck.CheckSentence(e.Message);
            return false;
        }
    }

    private void Write(ReadOnlySpan<byte> head, long length)
    {
        using FileStream file = new(path, FileMode.Create);
        file.Write(head);
        file.SetLength(Math.Max(0, length));
    }
}
