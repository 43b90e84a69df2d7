namespace KvmInterop.Tests.Machine.Virtio.Block;

/// <summary>A file for one test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(ReadOnlySpan<byte> content)
    {
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllBytes(Path, content);
    }

    /// <summary>Bytes that tell their place.</summary>
    public TemporaryFile(int length)
        : this(Pattern(length))
    {
    }

    public string Path { get; }

    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public void Dispose() => File.Delete(Path);
}
