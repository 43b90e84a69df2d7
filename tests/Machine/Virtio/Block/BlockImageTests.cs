using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Machine.Virtio.Block;

public sealed class BlockImageTests
{
    // Five clusters, the last of which is not whole.
    private const int Length = (4 * 65536) + (5 * 512);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void Image_anyOperations_readAsAnArrayWould(int seed, bool isOverlay)
    {
        using TemporaryFile file = new(Length);
        byte[] original = File.ReadAllBytes(file.Path);
        byte[] model = [.. original];
        string overlay = file.Path + ".overlay";
        try
        {
            Random random = new(seed);
            BlockImage image = Open(file.Path, isOverlay ? overlay : null);
            for (int i = 0; i < 400; i++)
            {
                int offset = random.Next(Length / 512) * 512;
                int most = random.Next(3) == 0 ? 140_000 : 4096;
                int length = Math.Min((random.Next(most / 512) + 1) * 512, Length - offset);
                switch (random.Next(8))
                {
                    case 0 or 1 or 2:
                        byte[] news = TemporaryFile.Pattern(length);
                        image.Write(news, offset);
                        news.CopyTo(model, offset);
                        break;
                    case 3:
                        image.WriteZeroes(offset, length, mayUnmap: random.Next(2) == 0);
                        model.AsSpan(offset, length).Clear();
                        break;
                    case 4:
                        image.Dispose();
                        image = Open(file.Path, isOverlay ? overlay : null);
                        break;
                    default:
                        byte[] read = new byte[length];
                        image.Read(read, offset);
                        Assert.Equal(model.AsSpan(offset, length), read.AsSpan());
                        break;
                }
            }

            byte[] all = new byte[Length];
            image.Read(all, 0);
            Assert.Equal(model, all);
            image.Dispose();
            Assert.Equal(isOverlay ? original : model, File.ReadAllBytes(file.Path));
        }
        finally
        {
            File.Delete(overlay);
        }
    }

    [Fact]
    public void Overlay_notFlushed_hasWhatWasFlushedBefore()
    {
        using TemporaryFile file = new(Length);
        byte[] original = File.ReadAllBytes(file.Path);
        string path = file.Path + ".overlay";
        string crashed = file.Path + ".crashed";
        try
        {
            byte[] news = TemporaryFile.Pattern(512);
            using (var image = OverlayBlockImage.Open(RawBlockImage.Open(file.Path, isReadOnly: true), path))
            {
                image.Write(news, 512);
                image.Flush();
                image.Write(news, 65536);

                // What a crash would leave now: .NET's locks are kept by others of .NET only.
                using var copy = System.Diagnostics.Process.Start("cp", [path, crashed]);
                copy.WaitForExit();
                Assert.Equal(0, copy.ExitCode);
            }

            using var after = OverlayBlockImage.Open(RawBlockImage.Open(file.Path, isReadOnly: true), crashed);
            byte[] read = new byte[512];
            after.Read(read, 512);
            Assert.Equal(news, read);
            after.Read(read, 65536);
            Assert.Equal(original.AsSpan(65536, 512), read.AsSpan());
        }
        finally
        {
            File.Delete(path);
            File.Delete(crashed);
        }
    }

    [Fact]
    public void Overlay_discard_keepsTheBaseAndTheRest()
    {
        using TemporaryFile file = new(Length);
        byte[] original = File.ReadAllBytes(file.Path);
        using var image = OverlayBlockImage.Temporary(RawBlockImage.Open(file.Path, isReadOnly: true));
        byte[] news = TemporaryFile.Pattern(65536 + 512);
        image.Write(news, 65536);

        // A whole cluster of the overlay, the rest of one, and what is in the base only.
        image.Discard(65536, Length - 65536 - 512);

        byte[] read = new byte[512];
        image.Read(read, 2 * 65536);
        Assert.Contains(read, new[] { new byte[512], news[65536..] });
        image.Read(read, 0);
        Assert.Equal(original.AsSpan(0, 512), read.AsSpan());
        image.Read(read, Length - 512);
        Assert.Equal(original.AsSpan(Length - 512), read.AsSpan());
        Assert.Equal(original, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Overlay_fileOfSomethingElse_isRefusedInASentence()
    {
        using TemporaryFile file = new(Length);
        using TemporaryFile other = new(8192);
        using TemporaryFile longer = new(Length + 512);
        string path = file.Path + ".overlay";
        try
        {
            OverlayBlockImage.Open(RawBlockImage.Open(file.Path, isReadOnly: true), path).Dispose();

            Assert.Contains("no overlay", Refusal(file.Path, other.Path), StringComparison.Ordinal);
            Assert.Contains("its base has", Refusal(longer.Path, path), StringComparison.Ordinal);
            byte[] content = File.ReadAllBytes(path);
            File.WriteAllBytes(path, content[..10_000]);
            Assert.Contains("cut off", Refusal(file.Path, path), StringComparison.Ordinal);
            content[8] = 9;
            File.WriteAllBytes(path, content);
            Assert.Contains("version 9", Refusal(file.Path, path), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Raw_fileInUse_isRefused()
    {
        using TemporaryFile file = new(512);
        using RawBlockImage image = RawBlockImage.Open(file.Path);

        Assert.Throws<IOException>(() => RawBlockImage.Open(file.Path, isReadOnly: true));
    }

    [Fact]
    public void Raw_fileWithoutASector_isRefusedInASentence()
    {
        using TemporaryFile file = new(511);

        IOException refusal = Assert.Throws<IOException>(() => RawBlockImage.Open(file.Path));

        Assert.Contains("512 bytes", refusal.Message, StringComparison.Ordinal);
    }

    private static BlockImage Open(string path, string? overlay) => overlay is null
        ? RawBlockImage.Open(path)
        : OverlayBlockImage.Open(RawBlockImage.Open(path, isReadOnly: true), overlay);

    private static string Refusal(string path, string overlay)
    {
        using RawBlockImage lower = RawBlockImage.Open(path, isReadOnly: true);
        return Assert.Throws<IOException>(() => OverlayBlockImage.Open(lower, overlay)).Message;
    }
}
