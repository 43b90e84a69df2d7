using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>Files that count: <c>eventfd(2)</c> and <c>timerfd_create(2)</c>.</summary>
/// <remarks>
/// Both are read and written as one unsigned 64-bit number. The flags are the system-call ABI of
/// <c>asm-generic/fcntl.h</c>, which every architecture of .NET's shares; <c>linux/time.h</c> has the clock,
/// <c>asm-generic/poll.h</c> the event.
/// </remarks>
internal static unsafe partial class EventFiles
{
    private const string Library = "libc";
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Monotonic = 1;
    private const short PollIn = 1;

    internal static FileHandle CreateEvent(uint count) =>
        FileHandle.Of(EventFd(count, CloseOnExec | NonBlocking), "eventfd");

    internal static FileHandle CreateTimer() =>
        FileHandle.Of(TimerFdCreate(Monotonic, CloseOnExec | NonBlocking), "timerfd_create");

    /// <summary>Adds to an eventfd. False where it is too full to take it: it is signalled as it
    /// is.</summary>
    internal static bool TryAdd(FileHandle file, ulong count)
    {
        // SAFETY: the kernel reads the 8 bytes of this parameter, and keeps no pointer.
        nint written;
        unsafe
        {
            written = Write(file.Fd, &count, sizeof(ulong));
        }

        return written == sizeof(ulong) || (Marshal.GetLastPInvokeError() == Errno.EAGAIN
            ? false
            : throw new KvmException("write", Marshal.GetLastPInvokeError(), null, "an eventfd"));
    }

    /// <summary>Reads the count and makes it 0. False where it is 0 already; does not wait.</summary>
    internal static bool TryTake(FileHandle file, out ulong count)
    {
        ulong value = 0;
        nint read;

        // SAFETY: the kernel writes the 8 bytes of this local variable, and keeps no pointer.
        unsafe
        {
            read = Read(file.Fd, &value, sizeof(ulong));
        }

        count = value;
        return read == sizeof(ulong) || (Marshal.GetLastPInvokeError() == Errno.EAGAIN
            ? false
            : throw new KvmException("read", Marshal.GetLastPInvokeError(), null, "an eventfd or a timer"));
    }

    /// <summary>Arms a timer: the first time from now, then again and again; both 0 disarms it.</summary>
    internal static void SetTimer(FileHandle file, TimeSpan first, TimeSpan period)
    {
        TimerSpec spec = new() { Period = TimeSpec.Of(period), First = TimeSpec.Of(first) };
        int result;

        // SAFETY: the kernel reads this local variable, and keeps no pointer.
        unsafe
        {
            result = TimerFdSetTime(file.Fd, 0, &spec, null);
        }

        if (result < 0)
        {
            KvmException.ThrowForLastError("timerfd_settime", null);
        }
    }

    /// <summary>Waits for one of two files to have something to read.</summary>
    /// <param name="first">The one whose state is told.</param>
    /// <param name="other">One that only ends the waiting, or null.</param>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <returns>Whether the first has something. A signal may end the waiting early.</returns>
    internal static bool WaitReadable(FileHandle first, FileHandle? other, int milliseconds)
    {
        int result;
        PollFile* files = stackalloc PollFile[2];
        files[0] = new PollFile { Fd = first.Fd, Events = PollIn };
        files[1] = new PollFile { Fd = other?.Fd ?? -1, Events = PollIn };

        // SAFETY: the kernel writes the two records on this stack, and keeps no pointer. A negative file is
        // passed over, says poll(2).
        unsafe
        {
            result = Poll(files, 2, milliseconds);
        }

        if (result < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR)
        {
            KvmException.ThrowForLastError("poll", null);
        }

        return result > 0 && files[0].Happened != 0;
    }

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint count, int flags);

    [LibraryImport(Library, EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport(Library, EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int TimerFdSetTime(int fd, int flags, TimerSpec* value, TimerSpec* old);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, void* data, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, void* data, nuint length);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollFile* files, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int Fd;
        public short Events;
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;

        public static TimeSpec Of(TimeSpan time) => new()
        {
            Seconds = (nint)(time.Ticks / TimeSpan.TicksPerSecond),
            Nanoseconds = (nint)(time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick),
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimerSpec
    {
        public TimeSpec Period;
        public TimeSpec First;
    }
}
