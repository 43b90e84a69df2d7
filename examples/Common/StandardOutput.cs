using System.Runtime.InteropServices;

namespace KvmInterop.Examples;

/// <summary>
/// Standard output, unbuffered: <c>write</c> (2), which fails when the reader of a pipe has gone, and in a file
/// goes on where others with the same standard output ended.
/// </summary>
/// <remarks>
/// The console's own stream ignores a reader who has gone, and takes 10 ms of a program's start; a
/// <see cref="FileStream"/> writes at a position of its own.
/// </remarks>
internal sealed unsafe partial class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int Interrupted = 4; // EINTR

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">It cannot be written; <see cref="Exception.HResult"/> is the error
    /// number.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;

            // SAFETY: the call reads no more than the buffer's length, and the buffer is pinned for as long.
            unsafe
            {
                fixed (byte* first = buffer)
                {
                    written = Write(Descriptor, first, (nuint)buffer.Length);
                }
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException(
                    $"standard output cannot be written ({Marshal.GetPInvokeErrorMessage(error)})", error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, byte* buffer, nuint count);
}
