using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>A file of binary statistics (KVM_GET_STATS_FD), with a reference to what it is about.</summary>
/// <remarks>
/// Before Linux 6.5 the file itself held none: reading it after the VM's last file was closed reached freed
/// memory of the kernel. So the VM or vCPU stays open as long as this.
/// </remarks>
internal sealed unsafe partial class StatisticsHandle : SafeHandle
{
    // fcntl(2), asm-generic/fcntl.h: the same on every architecture of .NET's.
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    private readonly SafeHandle subject;

    private StatisticsHandle(SafeHandle subject, int fd)
        : base(-1, ownsHandle: true)
    {
        this.subject = subject;
        SetHandle(fd);
    }

    public override bool IsInvalid => handle < 0;

    /// <summary>Owns the new file, and a reference to its subject.</summary>
    /// <param name="subject">Held by the caller.</param>
    /// <param name="fd">What KVM_GET_STATS_FD gave.</param>
    internal static StatisticsHandle Of(SafeHandle subject, int fd)
    {
        // Unlike its other files, KVM leaves this one open in the programs that this process starts.
        _ = Control(fd, SetDescriptorFlags, CloseOnExec);
        bool held = false;
        subject.DangerousAddRef(ref held);
        return new StatisticsHandle(subject, fd);
    }

    /// <summary>Reads exactly so many bytes from a place in the file (pread).</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    internal void Read(Span<byte> bytes, ulong offset)
    {
        using Held<StatisticsHandle> held = new(this);
        while (bytes.Length > 0)
        {
            nint count;

            // SAFETY: the span is pinned for the call, which writes at most its length and keeps nothing.
            fixed (byte* target = bytes)
            {
                count = ReadAt((int)handle, target, (nuint)bytes.Length, (long)offset);
            }

            if (count > 0)
            {
                bytes = bytes[(int)count..];
                offset += (ulong)count;
            }
            else if (count == 0)
            {
                throw new InvalidDataException(
                    $"KVM's statistics end at {offset}, {bytes.Length} bytes before what their header says");
            }
            else if (Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                KvmException.ThrowForLastError("pread", null, "KVM's statistics");
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        bool closed = Libc.Close((int)handle) == 0;
        subject.DangerousRelease();
        return closed;
    }

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadAt(int fd, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, int argument);
}
