using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// The calling thread's signal mask, and one blocked signal on it that is sent, taken and never handled.
/// </summary>
internal static unsafe partial class Signals
{
    /// <summary>Bytes of the kernel's own signal set, which KVM_SET_SIGNAL_MASK insists on.</summary>
    internal const int KernelSetSize = sizeof(ulong);

    private const int HighestSignal = 64;
    private const int SetMask = 2;
    private const int Block = 0;

    // .NET takes the C library's first real-time signal for itself; a few more stay free for debuggers and
    // profilers.
    private const int FirstFreeRealTime = 1;
    private const int DefaultRealTime = 6;

    /// <summary>The signal to use: what the caller chose, if it can be used, or the default.</summary>
    internal static int CheckKickSignal(int? chosen)
    {
        int first = FirstRealTimeSignal();
        if (chosen is not int signal)
        {
            return first + DefaultRealTime;
        }

        if (signal < first + FirstFreeRealTime || signal > HighestSignal)
        {
            throw new ArgumentOutOfRangeException(
                nameof(chosen),
                $"{signal} is no real-time signal that is free; choose one from {first + FirstFreeRealTime} "
                + $"to {HighestSignal} that the program does not use");
        }

        return signal;
    }

    /// <summary>Blocks a signal on the calling thread. Returns the mask from before.</summary>
    internal static SignalSet BlockOnThisThread(int signal)
    {
        SignalSet one = SignalSet.Of(signal);
        SignalSet before;

        // SAFETY: both sets are whole sigset_t on this stack, and the call keeps neither.
        int error = SetThreadMask(Block, &one, &before);
        return error == 0 ? before : throw new KvmException("pthread_sigmask", error);
    }

    /// <summary>
    /// Takes what is pending of a blocked signal, then gives the thread the mask from before.
    /// </summary>
    internal static void RestoreOnThisThread(int signal, SignalSet before)
    {
        Drain(signal);

        // SAFETY: the set is a whole sigset_t on this stack, and the call does not keep it. With a valid set
        // and a valid "how" it has no error to give.
        _ = SetThreadMask(SetMask, &before, null);
    }

    /// <summary>
    /// Takes all that is pending of a signal which the calling thread blocks; does not wait.
    /// </summary>
    internal static void Drain(int signal)
    {
        SignalSet one = SignalSet.Of(signal);
        TimeSpec noWait = default;

        // SAFETY: set and time are on this stack, and the call keeps neither.
        while (Wait(&one, null, &noWait) == signal)
        {
            // Real-time signals queue: one was sent for each kick.
        }
    }

    /// <summary>Sends to a thread of this process. It must be sure to live until the call returns.</summary>
    /// <returns>0, or EAGAIN where the user has as many queued signals as it may have.</returns>
    [LibraryImport("libc", EntryPoint = "pthread_kill")]
    internal static partial int Send(nint thread, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    internal static partial nint ThisThread();

    [LibraryImport("libc", EntryPoint = "__libc_current_sigrtmin")]
    private static partial int FirstRealTimeSignal();

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetThreadMask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport("libc", EntryPoint = "sigtimedwait", SetLastError = true)]
    private static partial int Wait(SignalSet* set, void* info, TimeSpec* timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
