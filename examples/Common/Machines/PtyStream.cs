using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples.Machines;

/// <summary>A new pseudo-terminal (pty(7)).</summary>
/// <remarks>
/// In raw mode from the start: the mode of a new one returns to the guest, as if it were typed, all that the guest
/// sends. The other end is held open: were it closed when a program leaves, reading would fail from then on.
/// </remarks>
public sealed partial class PtyStream : Stream
{
    private const int ReadWrite = 2; // O_RDWR
    private const int NotControlling = 0x100; // O_NOCTTY on x86 and arm64.

    private readonly FileStream master;
    private readonly SafeFileHandle other;

    private PtyStream(SafeFileHandle master, SafeFileHandle other, string path)
    {
        this.master = new FileStream(master, FileAccess.ReadWrite, bufferSize: 0);
        this.other = other;
        Path = path;
    }

    /// <summary>Where programs open their end.</summary>
    public string Path { get; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens one.</summary>
    /// <param name="device">What the guest has at its end, for messages.</param>
    /// <exception cref="ExampleException">None can be had.</exception>
    public static PtyStream Open(string device)
    {
        int fd = OpenPt(ReadWrite | NotControlling);
        SafeFileHandle handle = new(fd, ownsHandle: true);
        if (fd < 0 || GrantPt(fd) < 0 || UnlockPt(fd) < 0)
        {
            throw Failure();
        }

        byte[] name = new byte[64];
        if (PtsName(fd, name, (nuint)name.Length) != 0)
        {
            throw Failure();
        }

        string path = Encoding.UTF8.GetString(name, 0, Array.IndexOf(name, (byte)0));
        SafeFileHandle other = new(OpenFile(path, ReadWrite | NotControlling), ownsHandle: true);
        if (other.IsInvalid || !Terminal.MakeRaw((int)other.DangerousGetHandle()))
        {
            other.Dispose();
            throw Failure();
        }

        return new PtyStream(handle, other, path);

        ExampleException Failure()
        {
            string reason = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            return new ExampleException($"no pseudo-terminal can be had for {device}: {reason}");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => master.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => master.Read(buffer);

    public override void Write(byte[] buffer, int offset, int count) => master.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => master.Write(buffer);

    public override void Flush() => master.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            master.Dispose();
            other.Dispose();
        }

        base.Dispose(disposing);
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int GrantPt(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int PtsName(int fd, byte[] name, nuint size);
}
