using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>A disk as it is named on the command line.</summary>
internal static class Disk
{
    private const string ReadOnly = ",ro";

    public static RawBlockImage Open(string text)
    {
        bool isReadOnly = text.EndsWith(ReadOnly, StringComparison.Ordinal);
        string path = isReadOnly ? text[..^ReadOnly.Length] : text;
        try
        {
            return RawBlockImage.Open(path, isReadOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ExampleException($"the disk '{path}' cannot be used: {e.Message.TrimEnd('.')}");
        }
    }
}
