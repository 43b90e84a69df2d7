using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// A file that loaders read: a kernel, an initrd, a module, firmware. On disk or in memory.
/// </summary>
/// <remarks>
/// Everything read is checked against the length at opening; what a file says of itself is never trusted.
/// Safe for any thread.
/// </remarks>
public sealed class BootFile : IDisposable
{
    private readonly SafeFileHandle? file;
    private readonly ReadOnlyMemory<byte> bytes;

    private BootFile(string name, SafeFileHandle? file, ReadOnlyMemory<byte> bytes, ulong length)
    {
        Name = name;
        this.file = file;
        this.bytes = bytes;
        Length = length;
    }

    /// <summary>Its path, for messages and as the first word of a multiboot command line.</summary>
    public string Name { get; }

    /// <summary>Bytes.</summary>
    public ulong Length { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">A regular file.</param>
    /// <param name="what">What it is for the user, such as <c>kernel</c>: for messages.</param>
    /// <exception cref="BootImageException">It cannot be read, is no regular file, or is empty.</exception>
    public static BootFile Open(string path, string what = "file")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            long length = RandomAccess.GetLength(handle);
            if (length == 0)
            {
                throw new BootImageException($"the {what} {path} is empty; name a file that has one");
            }

            return new BootFile(path, handle, default, (ulong)length);
        }
        catch (BootImageException)
        {
            handle?.Dispose();
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new BootImageException($"the {what} {path} cannot be read: {Reason(path, e)}", e);
        }
    }

    /// <summary>Bytes in memory, which are not copied.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="bytes">Not to be changed while this is used.</param>
    public static BootFile FromBytes(string name, ReadOnlyMemory<byte> bytes) =>
        new(name, null, bytes, (ulong)bytes.Length);

    /// <summary>Whether the file has all these bytes.</summary>
    public bool Has(ulong offset, ulong length) => offset <= Length && length <= Length - offset;

    /// <summary>Reads bytes; false, and nothing of use in the span, where the file ends before.</summary>
    /// <param name="offset">From the file's start.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="BootImageException">The file cannot be read, or was cut off since it was opened.
    /// </exception>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        if (!Has(offset, (ulong)destination.Length))
        {
            return false;
        }

        if (file is null)
        {
            bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
            return true;
        }

        try
        {
            for (long at = (long)offset; !destination.IsEmpty;)
            {
                int read = RandomAccess.Read(file, destination, at);
                if (read == 0)
                {
                    throw CutOff();
                }

                at += read;
                destination = destination[read..];
            }
        }
        catch (IOException e)
        {
            throw new BootImageException($"{Name} cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        return true;
    }

    /// <summary>As <see cref="TryRead"/>, but insists.</summary>
    /// <param name="offset">From the file's start.</param>
    /// <param name="destination">Filled completely.</param>
    /// <param name="what">What the bytes are, for the message.</param>
    /// <exception cref="BootImageException">The file ends before, or cannot be read.</exception>
    public void Read(ulong offset, Span<byte> destination, string what)
    {
        if (!TryRead(offset, destination))
        {
            throw Truncated(offset, (ulong)destination.Length, what);
        }
    }

    /// <summary>Copies a part of the file to guest memory, without a copy in between.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="offset">From the file's start.</param>
    /// <param name="address">Guest-physical.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="what">What the bytes are, for messages.</param>
    /// <exception cref="BootImageException">The file ends before, cannot be read, or the guest has no memory
    /// there.</exception>
    public void CopyTo(GuestMemory memory, ulong offset, ulong address, ulong length, string what)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (!Has(offset, length))
        {
            throw Truncated(offset, length, what);
        }

        if (!memory.Contains(address, length))
        {
            throw new BootImageException(
                $"{what} of {Name} is to lie at 0x{address:x}, {length:#,0} bytes long, and the guest does not "
                + "have all of that memory; give it more");
        }

        try
        {
            if (file is null)
            {
                memory.Write(address, bytes.Span.Slice((int)offset, (int)length));
            }
            else
            {
                memory.ReadFrom(file, (long)offset, address, length);
            }
        }
        catch (EndOfStreamException)
        {
            throw CutOff();
        }
        catch (IOException e)
        {
            throw new BootImageException($"{Name} cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file?.Dispose();

    /// <summary>The sentence for a file that ends too early.</summary>
    internal BootImageException Truncated(ulong offset, ulong length, string what) => new(
        $"{Name} is truncated: {what} takes {length:#,0} bytes from 0x{offset:x} on, and the file ends at "
        + $"0x{Length:x}");

    private static string Reason(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "it is a directory",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "this user may not read it",
        NotSupportedException => "it is no regular file",
        _ => e.Message.TrimEnd('.'),
    };

    private BootImageException CutOff() => new($"{Name} was cut off while it was read; load it again");
}
